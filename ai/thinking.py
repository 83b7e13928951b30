"""Models that think before they write: how little is asked of it, and the room that it takes. Pure.

Thinking counts as output. A limit that leaves none for it gives an empty text that is paid for.
OpenAI's models from gpt-5 on and its o series think at medium effort unless told otherwise; low is
the least that all of them take. Source: https://platform.openai.com/docs/guides/reasoning
"""

import re

from ai.providers.base import ModelRef

ROOM_TOKENS = 2_048
EFFORT = "low"
THINKERS = re.compile(r"(?:o[1-9]|gpt-(?:[5-9]|[1-9]\d))(?:[.\-]|$)")
# The first kind does not think, the second at its one effort alone.
OTHERWISE = re.compile(r"-chat\b|-pro\b")


def thinks(ref: ModelRef) -> bool:
    """Whether a model is one of those, by its name; on Azure by that of its deployment."""
    if ref.provider not in {"openai", "azure"}:
        return False
    return bool(THINKERS.match(ref.model)) and not OTHERWISE.search(ref.model)


def room_to_think(ref: ModelRef) -> int:
    """Tokens of output that a model may need beside the text."""
    return ROOM_TOKENS if thinks(ref) else 0
