"""When an answer may stand for another: the key over everything that changes it. Pure."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from ai.brief import Brief
from ai.providers.base import Message, ModelRef, Schema


def answer_key(
    user_id: UUID | int | str,
    *,
    kind: str,
    brief: Brief,
    models: Sequence[ModelRef],
    messages: Sequence[Message],
    max_output_tokens: int,
    schema: Schema | None = None,
    is_checked: bool = False,
) -> str:
    """A sha256 in hex; the same for the same question of the same person to the same models.

    The messages hold the voice and our own words as well, so that neither a changed voice nor a
    release with other prompts meets an old answer. Order counts: the first model answers.
    """
    facts: dict[str, Any] = {
        "user": str(user_id),
        "kind": kind,
        # What the checks look at beside the messages, and what the row will say.
        "brief": [
            *(brief.prompt, brief.type, brief.tone, brief.length),
            *(brief.language, brief.platform, brief.quality),
        ],
        "models": [[ref.provider, ref.model] for ref in models],
        "messages": [[message.role, message.content] for message in messages],
        "max_output_tokens": max_output_tokens,
        "schema": [schema.name, schema.schema] if schema else None,
        # What nobody has checked is no answer to whoever wants it checked.
        "is_checked": is_checked,
    }
    told = json.dumps(facts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
