"""Hard checks of a draft: they name its flaws, so that only a sound one is shown."""

from ai.checks.flaws import DISCARDED, FATAL, FLAWS, Flaw, flaw_sentences, repair_line
from ai.checks.text import flaws_of, forbidden_words

__all__ = [
    "DISCARDED",
    "FATAL",
    "FLAWS",
    "Flaw",
    "flaw_sentences",
    "flaws_of",
    "forbidden_words",
    "repair_line",
]
