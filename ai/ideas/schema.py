"""The shape that a list of ideas is asked for in. Pure."""

from typing import Any

from ai.ideas.wanted import Wanted
from ai.models import Idea
from ai.providers.base import Schema
from content.models import Content

# What is worth proposing: an idea that becomes an idea is none.
TYPES = tuple(each for each in Content.Type.values if each != Content.Type.IDEA)
MAX_TITLE_CHARACTERS = 80
MAX_DESCRIPTION_CHARACTERS = 280
MAX_TAG_CHARACTERS = 24
MAX_TAGS = 5
# An idea as JSON, at its longest about: a title, two sentences, a few tags and the names.
TOKENS_PER_IDEA = 130
TOKENS_AROUND = 120
MAX_OUTPUT_TOKENS = 6_000


def schema_for(wanted: Wanted) -> Schema:
    """An object of exactly so many ideas, all fields required, nothing else allowed.

    The lengths make a small model end: it is held to the schema word by word. Providers that take
    no such bounds leave them out; whoever reads the answer cuts it.
    """
    idea = _object(
        title=_text(MAX_TITLE_CHARACTERS),
        description=_text(MAX_DESCRIPTION_CHARACTERS),
        type={"type": "string", "enum": [wanted.type] if wanted.type else list(TYPES)},
        tags={
            "type": "array",
            "items": _text(MAX_TAG_CHARACTERS),
            "minItems": 1,
            "maxItems": MAX_TAGS,
        },
        difficulty={"type": "string", "enum": list(Idea.Difficulty.values)},
    )
    ideas = {"type": "array", "items": idea, "minItems": wanted.count, "maxItems": wanted.count}
    return Schema("ideas", _object(ideas=ideas))


def max_output_tokens(count: int, room: int | None = None) -> int:
    """Where the model is stopped: it grows with the count, up to a bound and to the room there is.

    A long list that does not fit is cut, and gives the ideas that were whole by then. Less than one
    idea takes is no room: then the prompt is what is too long.
    """
    wanted = min(MAX_OUTPUT_TOKENS, TOKENS_AROUND + count * TOKENS_PER_IDEA)
    return wanted if room is None else min(wanted, max(room, TOKENS_AROUND + TOKENS_PER_IDEA))


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest}
