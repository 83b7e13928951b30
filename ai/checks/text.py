"""Hard checks of a text: what a program can tell for sure. Pure: no database, no settings."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from ai.brief import Brief, Platform
from ai.checks.language import is_other_language
from ai.checks.refusals import CURLY_APOSTROPHE, is_refusal
from ai.prompts.length import word_target
from ai.prompts.manners import manner_of
from content.models import Content

# Far off the target: half the asked-for length is a matter of taste, a third is not.
SHORTEST_SHARE = 0.35
LONGEST_SHARE = 2.2
HASHTAG = re.compile(r"(?<![\w&#/])#(?=\w*[^\W\d])\w+")
URL = re.compile(r"https?://\S+")
X_URL_CHARACTERS = 23
X_LIGHT = (range(0x1100), range(0x2000, 0x200E), range(0x2010, 0x2020), range(0x2032, 0x2038))
# They join or colour an emoji, which counts as one.
X_JOINERS = frozenset({0x200D, 0xFE0F})
# Kinds that a platform's readers find by hashtags.
FOUND_BY_HASHTAGS = frozenset({Content.Type.POST, Content.Type.CAPTION})

_NUMBER = (
    r"(?:\d+|an?|one|two|three|four|five|six|ten|une?|deux|trois|quatre|cinq|dix|una?|dos|tres|"
    r"cuatro|cinco|eine?[mnrs]?|zwei|drei|vier|fünf|uno|due|tre|quattro|cinque|uma?|dois|duas|três|"
    r"quatro|een|twee|drie|vijf)"
)
_UNIT = (
    r"(?:words?|sentences?|lines?|paragraphs?|characters?|mots?|phrases?|lignes?|paragraphes?|"
    r"caractères?|palabras?|frases?|líneas?|párrafos?|caracteres|wörter[n]?|wort|sätze[n]?|satz|"
    r"zeilen?|zeichen|absätze[n]?|parol[ae]|fras[ei]|righ?[ae]|caratteri|palavras?|linhas?|"
    r"parágrafos?|woord(?:en)?|zin(?:nen)?|regels?|tekens)"
)
OWN_LENGTH = re.compile(rf"(?<!\w){_NUMBER}(?:\W+\w+){{0,2}}?\W+{_UNIT}(?!\w)", re.IGNORECASE)
OWN_HASHTAGS = re.compile(r"hash-?tag|mots?-dièse|#", re.IGNORECASE)


def flaws_of(
    text: str, finish_reason: str, brief: Brief, words_to_avoid: Iterable[str] = ()
) -> tuple[str, ...]:
    """The names of what is wrong with a draft; () when nothing is.

    Where nothing usable was written, that alone: the rest would follow from it.
    """
    if finish_reason == "content_filter":
        return ("content_filter",)
    if not any(character.isalnum() for character in text):
        return ("empty",)
    if is_refusal(text):
        return ("refusal",)
    return tuple(_flaws(text, finish_reason, brief, tuple(words_to_avoid)))


def _flaws(text: str, finish_reason: str, brief: Brief, avoid: tuple[str, ...]) -> Iterator[str]:
    if finish_reason == "length":
        yield "truncated"
    manner = manner_of(brief.platform)
    most = manner.max_characters if manner else None
    if most is not None and characters_on(brief.platform, text) > most:
        yield "over_platform_limit"
    yield from _length_flaws(text, brief)
    if is_other_language(text, brief.language):
        yield "wrong_language"
    yield from _hashtag_flaws(text, brief)
    if forbidden_words(text, avoid):
        yield "forbidden_words"


def characters_on(platform: str, text: str) -> int:
    """How many characters a platform counts.

    X counts an address as 23 and what lies outside the Latin blocks as two
    (https://docs.x.com/fundamentals/counting-characters).
    """
    normal = unicodedata.normalize("NFC", text.strip())
    if platform != Platform.X:
        return len(normal)
    bare, addresses = URL.subn("", normal)
    return addresses * X_URL_CHARACTERS + sum(_x_weight(ord(each)) for each in bare)


def _x_weight(code: int) -> int:
    if code in X_JOINERS:
        return 0
    return 1 if any(code in block for block in X_LIGHT) else 2


def _length_flaws(text: str, brief: Brief) -> Iterator[str]:
    target = word_target(brief)
    if not target or OWN_LENGTH.search(brief.prompt):
        # No target, or the creator gave one in words of their own.
        return
    words = len(HASHTAG.sub(" ", text).split())
    if words < target * SHORTEST_SHARE:
        yield "too_short"
    if words > target * LONGEST_SHARE:
        yield "too_long"


def _hashtag_flaws(text: str, brief: Brief) -> Iterator[str]:
    manner = manner_of(brief.platform)
    if manner is None or manner.hashtags is None or OWN_HASHTAGS.search(brief.prompt):
        return
    fewest, most = manner.hashtags
    found = len(HASHTAG.findall(text))
    if found < fewest and brief.type in FOUND_BY_HASHTAGS:
        yield "no_hashtags"
    if found > most:
        yield "too_many_hashtags"


def forbidden_words(text: str, avoid: Iterable[str]) -> tuple[str, ...]:
    """Which of the words that a creator avoids a text uses: whole words, in any case."""
    words = tuple(word for word in avoid if word.strip())
    folded = _folded(text)
    return tuple(word for word in words if _pattern(word).search(folded))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace(CURLY_APOSTROPHE, "'")


@lru_cache(maxsize=512)
def _pattern(word: str) -> re.Pattern[str]:
    """A phrase matches across line breaks; a boundary is wherever no letter or digit stands."""
    inner = r"\s+".join(re.escape(part) for part in _folded(word).split())
    return re.compile(rf"(?<!\w){inner}(?!\w)")
