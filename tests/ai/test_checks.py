"""Hard checks name what a program can tell for sure, and nothing else."""

from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ai.brief import Brief
from ai.checks import FLAWS, flaw_sentences, flaws_of, forbidden_words, repair_line
from ai.checks.text import characters_on
from tests.ai.briefs import briefs

SENTENCE = "The kiln opens on Friday and I can hardly wait to show you what came out of it. "
GOOD = SENTENCE * 8
TAGS = "\n\n#clay #pottery #handmade"

TABLE: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    (GOOD, {}, "stop", ()),
    ("", {}, "stop", ("empty",)),
    (" \n **—** ", {}, "stop", ("empty",)),
    ("", {}, "content_filter", ("content_filter",)),
    (GOOD, {}, "content_filter", ("content_filter",)),
    (GOOD, {}, "length", ("truncated",)),
    # Length: a third of the target is too short, three times too long.
    (SENTENCE, {}, "stop", ("too_short",)),
    (SENTENCE * 30, {}, "stop", ("too_long",)),
    (SENTENCE, {"length": "short", "type": "CAPTION"}, "stop", ()),
    # Who says how long it should be knows better than our table.
    (SENTENCE, {"prompt": "Thank them in three warm sentences"}, "stop", ()),
    (SENTENCE, {"prompt": "Merci, en deux phrases"}, "stop", ()),
    (SENTENCE * 30, {"prompt": "An essay of 500 words on clay"}, "stop", ()),
    (SENTENCE, {"prompt": "My phrase book and the sentence I served"}, "stop", ("too_short",)),
    # A chat asks for no length, no type, no platform.
    ("Yes.", {"type": "", "tone": "", "length": ""}, "stop", ()),
    # Platforms.
    (SENTENCE * 3, {"platform": "x"}, "stop", ()),
    (SENTENCE * 4, {"platform": "x"}, "stop", ("over_platform_limit", "too_long")),
    (SENTENCE * 3 + "#a #b #c", {"platform": "x"}, "stop", ("too_many_hashtags",)),
    (GOOD, {"platform": "instagram"}, "stop", ("no_hashtags",)),
    (GOOD + TAGS, {"platform": "instagram"}, "stop", ()),
    (GOOD + TAGS + TAGS, {"platform": "instagram"}, "stop", ("too_many_hashtags",)),
    (GOOD, {"platform": "instagram", "prompt": "Clay, without hashtags"}, "stop", ()),
    (GOOD + TAGS + TAGS, {"platform": "instagram", "prompt": "8 hashtags"}, "stop", ()),
    # Nobody finds a message, a story or an idea by its hashtags.
    (GOOD, {"platform": "instagram", "type": "MESSAGE"}, "stop", ()),
    (GOOD + "#clay", {"platform": "newsletter"}, "stop", ("too_many_hashtags",)),
    (
        GOOD + "We are #1 at https://clay.example/#fire &#39;",
        {"platform": "newsletter"},
        "stop",
        (),
    ),
    # Languages.
    (GOOD, {"language": "fr"}, "stop", ("wrong_language",)),
]


@pytest.mark.parametrize(("text", "facts", "reason", "flaws"), TABLE)
def test_what_is_wrong_with_a_draft(
    text: str, facts: dict[str, Any], reason: str, flaws: tuple[str, ...]
) -> None:
    assert flaws_of(text, reason, Brief(**{"prompt": "About clay"} | facts)) == flaws


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I\u2019m sorry, but I can\u2019t assist with that request.",
        "Sorry, I cannot create content that promotes it.",
        "I can't help with that.",
        "I cannot fulfill this request.",
        "I'm unable to help you with this.",
        '"As an AI language model, I do not have feelings."',
        "Unfortunately, I am unable to write this.",
        "Je suis désolé, mais je ne peux pas vous aider.",
        "Désolée, je ne peux pas écrire cela.",
        "Je ne peux pas répondre à cette demande.",
        "En tant que modèle de langage, je n'ai pas d'avis.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "No puedo ayudarte con eso.",
        "Es tut mir leid, aber ich kann dir dabei nicht helfen.",
        "Leider kann ich diese Anfrage nicht erfüllen.",
        "Mi dispiace, ma non posso aiutarti.",
        "Desculpe, mas não posso ajudar com isso.",
        "Het spijt me, maar ik kan je daar niet mee helpen.",
        "Als KI habe ich keine Gefühle.",
    ],
)
def test_a_refusal_is_told_in_every_language(text: str) -> None:
    assert flaws_of(text, "stop", Brief("x")) == ("refusal",)


@pytest.mark.parametrize(
    "text",
    [
        "I can't help but smile when the kiln opens.",
        "I can't help falling in love with this glaze.",
        "I'm sorry, but I can't stop talking about the kiln.",
        "Sorry I was away. I can explain.",
        "I can't write this caption without crying.",
        "As an artist, I am often asked where the clay comes from.",
        "Je ne peux pas vous cacher ma joie.",
        "No puedo creerlo: el horno se abre hoy.",
        "Ich kann dir nicht sagen, wie sehr ich mich freue.",
        "Non posso crederci.",
        "Als ich klein war, gab es Ton im Garten.",
        "Ik kan niet wachten tot vrijdag.",
        GOOD + "I'm sorry, but I can't help with that.",
    ],
)
def test_who_writes_of_being_sorry_does_not_decline(text: str) -> None:
    assert "refusal" not in flaws_of(text, "stop", Brief("x"))


@pytest.mark.parametrize(
    ("word", "is_found"),
    [
        ("kiln", True),
        ("KILN", True),
        ("kil", False),
        ("hardly wait", True),
        ("hardly\n wait", True),
        ("wait hardly", False),
        ("", False),
        ("  ", False),
        ("c++", False),
        (".", False),
    ],
)
def test_a_word_to_avoid_is_a_whole_word(word: str, is_found: bool) -> None:
    assert forbidden_words(SENTENCE.replace("hardly ", "hardly\n"), [word]) == (
        (word,) if is_found else ()
    )


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("STRASSE", "Auf der Straße."),
        ("café", "Un Cafe\u0301 noir"),
        ("don't", "You don\u2019t say"),
        ("C++", "I love C++, truly"),
        ("#ad", "Look: #ad"),
        ("İstanbul", "in İSTANBUL"),
    ],
)
def test_unicode_does_not_hide_a_word(word: str, text: str) -> None:
    assert forbidden_words(text, [word]) == (word,)


def test_words_to_avoid_are_a_flaw() -> None:
    assert flaws_of(GOOD, "stop", Brief("x"), ["kiln"]) == ("forbidden_words",)


@given(st.text(), st.text(min_size=1))
def test_a_word_is_found_only_where_it_stands(text: str, word: str) -> None:
    if forbidden_words(text, [word]):
        assert word.strip()
    if word.strip() and word.isalnum():
        assert forbidden_words(f"{text} {word} {text}", [word])


@given(st.text(), briefs, st.sampled_from(["stop", "length", "content_filter"]))
def test_any_draft_can_be_judged(text: str, brief: Brief, reason: str) -> None:
    flaws = flaws_of(text, reason, brief)
    assert len(set(flaws)) == len(flaws)
    assert all(repair_line(flaw) for flaw in flaws)
    assert len(flaw_sentences(flaws)) == len(flaws)


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("clay", 4),
        ("café", 4),
        ("Cafe\u0301", 4),
        ("日本", 4),
        ("🔥", 2),
        ("see https://huntaze.example/a/very/long/address#with-more", 4 + 23),
        (" clay ", 4),
    ],
)
def test_x_counts_in_its_own_way(text: str, counted: int) -> None:
    assert characters_on("x", text) == counted


def test_flaws_are_told_in_the_creators_language() -> None:
    with translation.override("fr"):
        french = flaw_sentences(FLAWS)
    with translation.override("en"):
        english = flaw_sentences(FLAWS)
    assert all(a != b for a, b in zip(french, english, strict=True))
    assert flaw_sentences(["of_a_later_release"]) == []
