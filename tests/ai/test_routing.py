"""The router is a pure table."""

import dataclasses
import json
import time
from typing import Any

import pytest
from hypothesis import given

from ai.brief import Brief, Quality
from ai.providers.base import ModelRef
from ai.routing import REASONS, NoModel, PlanRequired, choose, decide
from tests.ai.briefs import briefs

MINI = (ModelRef("fake", "mini-1"), ModelRef("fake", "mini-2"))
FULL = (ModelRef("fake", "full-1"),)
LIST = "Write it:\n" + "\n".join(f"- point {number}" for number in range(6))
WORDY = "clay " * 151
LOCAL = (ModelRef("local", "small"),)


@pytest.mark.parametrize(
    ("facts", "tier"),
    [
        ({"prompt": "A post about clay"}, "mini"),
        ({"prompt": "x", "quality": "mini"}, "mini"),
        ({"prompt": "x", "quality": "full"}, "full"),
        ({"prompt": "x", "length": "long"}, "mini"),
        ({"prompt": "x", "length": "long", "type": "STORY"}, "full"),
        ({"prompt": "x", "length": "long", "type": "STORY", "quality": "mini"}, "mini"),
        ({"prompt": "Compare two kilns"}, "full"),
        ({"prompt": "Analyse ma stratégie"}, "full"),
        ({"prompt": "Vergleiche zwei Öfen"}, "full"),
        ({"prompt": "El horno, paso a paso."}, "full"),
        ({"prompt": "comparisons are odious"}, "mini"),
        (
            {"prompt": "It must mention clay, avoid fire, include exactly one name, never two"},
            "full",
        ),
        ({"prompt": LIST}, "full"),
        ({"prompt": LIST.rsplit("\n", 1)[0]}, "mini"),
        ({"prompt": WORDY, "length": "long"}, "full"),
        ({"prompt": WORDY, "length": "medium"}, "mini"),
    ],
)
def test_the_cheapest_tier_that_does_the_job(facts: dict[str, Any], tier: str) -> None:
    route = decide(Brief(**facts), allows_full=True, mini=MINI, full=FULL)
    assert route.tier == tier
    assert route.models == (MINI if tier == "mini" else FULL)
    assert route.reason


@pytest.mark.parametrize(
    ("allows_full", "has_mini", "has_full", "quality", "outcome"),
    [
        (True, True, True, "full", "full"),
        (False, True, True, "full", PlanRequired),
        (False, False, True, "full", PlanRequired),
        (True, True, False, "full", "mini"),
        (True, False, True, "mini", "full"),
        (False, False, True, "mini", NoModel),
        (True, False, False, "auto", NoModel),
        (False, True, False, "auto", "mini"),
    ],
)
def test_what_the_plan_and_the_models_at_hand_allow(
    allows_full: bool, has_mini: bool, has_full: bool, quality: str, outcome: Any
) -> None:
    at_hand: dict[str, Any] = {"mini": MINI if has_mini else (), "full": FULL if has_full else ()}
    brief = Brief("x", quality=quality)
    if isinstance(outcome, str):
        assert decide(brief, allows_full=allows_full, **at_hand).tier == outcome
    else:
        with pytest.raises(outcome):
            decide(brief, allows_full=allows_full, **at_hand)


@given(briefs)
def test_a_plan_without_the_strong_model_never_gets_it(brief: Brief) -> None:
    modest = dataclasses.replace(brief, quality=Quality.AUTO)
    assert decide(modest, allows_full=False, mini=MINI, full=FULL).tier == "mini"


@given(briefs)
def test_what_was_seen_can_be_stored_and_replayed(brief: Brief) -> None:
    route = decide(brief, allows_full=True, mini=MINI, full=FULL)
    stored = json.loads(json.dumps(route.features))
    assert stored == route.features
    assert choose(stored) == (route.tier, route.features["rule"])
    # Figures, never the words themselves.
    assert brief.prompt not in {value for value in stored.values() if len(brief.prompt) > 20}


@pytest.mark.parametrize(
    ("language", "mini", "full", "tier", "rule"),
    [
        ("en", LOCAL, FULL, "mini", "plain"),
        ("fr", LOCAL, FULL, "full", "weak_language"),
        ("fr", MINI, FULL, "mini", "plain"),
        # The same small model everywhere: there is nothing to choose.
        ("fr", LOCAL, LOCAL, "mini", "plain"),
        ("fr", LOCAL, (), "mini", "plain"),
    ],
)
def test_a_model_is_not_asked_for_a_language_it_is_weak_in(
    language: str, mini: Any, full: Any, tier: str, rule: str
) -> None:
    route = decide(Brief("clay", language=language), allows_full=True, mini=mini, full=full)
    assert (route.tier, route.features["rule"]) == (tier, rule)


def test_a_single_model_is_not_called_strong() -> None:
    route = decide(Brief("Compare two kilns"), allows_full=True, mini=LOCAL, full=LOCAL)
    assert (route.tier, route.features["rule"]) == ("mini", "one_model")


@pytest.mark.parametrize(("kind", "tier"), [("TEXT", "full"), ("CHAT", "full"), ("IDEAS", "mini")])
def test_ideas_begin_with_the_quick_model(kind: str, tier: str) -> None:
    brief = Brief("Ideas for my content strategy", type="" if kind == "CHAT" else "POST")
    route = decide(brief, kind=kind, allows_full=True, mini=MINI, full=FULL)
    assert route.tier == tier
    assert route.features["kind"] == kind


def test_a_chat_needs_no_type_and_no_length() -> None:
    brief = Brief("hello", type="", tone="", length="")
    assert decide(brief, kind="CHAT", allows_full=True, mini=MINI, full=FULL).tier == "mini"


@pytest.mark.parametrize("rule", REASONS)
def test_each_rule_is_told_in_a_sentence_that_fits_its_column(rule: str) -> None:
    sentence = REASONS[rule]()
    assert sentence.endswith(".")
    assert len(sentence) < 300


def test_a_decision_on_the_longest_brief_takes_no_time() -> None:
    brief = Brief(("- compare kilns, step by step? " * 300)[:8_000])
    decide(brief, allows_full=True, mini=MINI, full=FULL)
    started = time.perf_counter()
    for _ in range(20):
        decide(brief, allows_full=True, mini=MINI, full=FULL)
    # On a quiet machine a fifth of a millisecond; benchmarks/routing.py measures it.
    assert (time.perf_counter() - started) / 20 < 0.02


@pytest.mark.parametrize(
    ("failing", "allows_full", "quality", "tier", "first", "rule"),
    [
        ((), True, "auto", "mini", MINI[0], "plain"),
        (MINI[:1], True, "auto", "mini", MINI[1], "plain"),
        (MINI, True, "auto", "full", FULL[0], "no_mini"),
        # The plan does not have the other one; the first may be well again when it is asked.
        (MINI, False, "auto", "mini", MINI[0], "plain"),
        (FULL, True, "full", "mini", MINI[0], "no_full"),
        (MINI + FULL, True, "auto", "mini", MINI[0], "plain"),
        (MINI + FULL, True, "full", "full", FULL[0], "asked_full"),
    ],
)
def test_a_tier_that_fails_gives_way(
    failing: tuple[ModelRef, ...],
    allows_full: bool,
    quality: str,
    tier: str,
    first: ModelRef,
    rule: str,
) -> None:
    route = decide(
        Brief(prompt="x", quality=quality),
        allows_full=allows_full,
        mini=MINI,
        full=FULL,
        failing=frozenset(failing),
    )
    assert (route.tier, route.models[0], route.features["rule"]) == (tier, first, rule)
    # They are asked last, not never.
    assert set(route.models) == set(MINI if tier == "mini" else FULL)
    assert route.features["mini_well"] == len(set(MINI) - set(failing))
    assert route.features["full_well"] == len(set(FULL) - set(failing))
