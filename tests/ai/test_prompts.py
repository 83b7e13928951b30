"""Briefs become messages; what people typed cannot become instructions."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.ask import Draft
from ai.brief import Brief, Language, Platform
from ai.checks import FLAWS
from ai.prompts import (
    MANNERS,
    MIN_OUTPUT_TOKENS,
    Voice,
    fenced,
    max_output_tokens,
    messages_for,
    messages_for_small_model,
    quoted,
    word_target,
)
from ai.repair import repair_messages
from content.models import Content
from tests.ai.briefs import briefs

VOICE = Voice(
    niche="wheel-thrown pottery",
    audience="people who make things",
    words_to_use=("slow", "by hand"),
    words_to_avoid=("amazing",),
    samples=("Six weeks of clay.\n\nOne night of fire.",),
)


@given(briefs)
def test_a_brief_always_becomes_the_same_two_messages(brief: Brief) -> None:
    system, user = messages_for(brief, VOICE)
    assert (system.role, user.role) == ("system", "user")
    # The creator's words stand apart from the instructions.
    assert user.content == brief.prompt
    assert messages_for(brief, VOICE) == (system, user)
    assert Language(brief.language).label in system.content
    assert max_output_tokens(brief) >= max(MIN_OUTPUT_TOKENS, word_target(brief))


@pytest.mark.parametrize("platform", Platform.values)
@pytest.mark.parametrize("kind", Content.Type.values)
def test_longer_means_longer(kind: str, platform: str) -> None:
    lengths = ("short", "medium", "long")
    targets = [
        word_target(Brief("x", type=kind, length=each, platform=platform)) for each in lengths
    ]
    assert targets == sorted(set(targets))


@pytest.mark.parametrize("platform", [each for each in Platform.values if each])
def test_each_platform_has_its_manners(platform: str) -> None:
    system, _user = messages_for(Brief("x", platform=platform))
    anywhere, _user = messages_for(Brief("x"))
    assert len(system.content.splitlines()) == len(anywhere.content.splitlines()) + 1
    # A text as long as it is asked to be fits: a word and its space are seven characters at most.
    most = MANNERS[platform].max_characters
    longest = word_target(Brief("x", type="STORY", length="long", platform=platform))
    assert most is None or longest * 7 <= most


def test_an_empty_voice_says_nothing() -> None:
    assert messages_for(Brief("x"), Voice()) == messages_for(Brief("x"))
    assert Voice().is_empty
    assert not VOICE.is_empty


def test_a_voice_is_told_before_the_brief() -> None:
    system, _user = messages_for(Brief("x"), VOICE)
    for said in ("pottery", "make things", '"slow", "by hand"', '"amazing"', VOICE.samples[0]):
        assert said in system.content
    other, _user = messages_for(Brief("y", type="CAPTION", platform="x", language="fr"), VOICE)
    # What a provider caches is what stands first, so the voice stays the same for each brief.
    shared = system.content.split("Write a ")[0]
    assert VOICE.samples[0] in shared
    assert other.content.startswith(shared)


@given(st.text())
def test_nothing_in_a_sample_closes_its_fence(sample: str) -> None:
    block = fenced(sample)
    fence = re.match(r"`+", block)
    assert fence is not None
    assert block == f"{fence[0]}text\n{sample}\n{fence[0]}"
    assert fence[0] not in sample


@given(st.text())
def test_what_is_quoted_stays_one_line_in_its_quotation_marks(text: str) -> None:
    line = quoted(text)
    assert len(line.splitlines()) == 1
    inside = re.sub(r"\\.", "", line[1:-1])
    assert (line[0], line[-1]) == ('"', '"')
    assert '"' not in inside


def test_a_small_model_gets_one_plain_sentence() -> None:
    system, user = messages_for_small_model(Brief("clay", platform="instagram"), VOICE)
    assert len(system.content.splitlines()) == 1
    assert user.content.endswith("\n\nTopic: clay")
    assert "people who make things" in user.content
    assert "pottery" in user.content
    # Samples and lists would be written on instead of followed.
    assert "Six weeks" not in user.content
    assert "amazing" not in user.content


@pytest.mark.parametrize(
    ("facts", "least"),
    [({"length": "long", "type": "STORY"}, 1_400), ({"length": "short", "type": "CAPTION"}, 96)],
)
def test_the_model_may_finish_what_was_asked_for(facts: dict[str, Any], least: int) -> None:
    assert least <= max_output_tokens(Brief("x", **facts)) <= 1.2 * least


def test_a_second_draft_is_told_what_is_wrong_with_the_first() -> None:
    draft, ask = repair_messages(Draft("A draft.", "stop"), ("too_long", "no_hashtags"))
    assert (draft.role, draft.content, ask.role) == ("assistant", "A draft.", "user")
    assert FLAWS["too_long"].repair in ask.content
    assert FLAWS["no_hashtags"].repair in ask.content


@pytest.mark.parametrize(
    ("draft", "flaw"), [("", "empty"), ("I can't.", "refusal"), (" ", "truncated")]
)
def test_a_worthless_draft_is_not_shown_again(draft: str, flaw: str) -> None:
    assert repair_messages(Draft(draft, "stop"), (flaw,)) == ()


def test_a_long_draft_is_cut_before_it_is_shown() -> None:
    draft, _ask = repair_messages(Draft("word " * 4_000, "stop"), ("too_long",))
    assert len(draft.content) == 6_000
