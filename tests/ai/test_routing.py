"""The router is a pure table."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.brief import Brief, Language, Length, Platform, Quality, Tone
from ai.prompts import MIN_OUTPUT_TOKENS, max_output_tokens, messages_for, word_target
from ai.providers.base import ModelRef
from ai.routing import NoModel, PlanRequired, decide
from content.models import Content

MINI = (ModelRef("fake", "mini-1"), ModelRef("fake", "mini-2"))
FULL = (ModelRef("fake", "full-1"),)
LIST = "Write it:\n" + "\n".join(f"- point {number}" for number in range(6))
WORDY = "clay " * 151

briefs = st.builds(
    Brief,
    prompt=st.text(min_size=1, max_size=400),
    type=st.sampled_from(Content.Type.values),
    tone=st.sampled_from(Tone.values),
    length=st.sampled_from(Length.values),
    language=st.sampled_from(Language.values),
    platform=st.sampled_from(Platform.values),
    quality=st.sampled_from(Quality.values),
)


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
        ({"prompt": "comparisons are odious"}, "mini"),
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
    at_hand = {"mini": MINI if has_mini else (), "full": FULL if has_full else ()}
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
def test_a_brief_always_becomes_the_same_two_messages(brief: Brief) -> None:
    system, user = messages_for(brief)
    assert (system.role, user.role) == ("system", "user")
    # The creator's words stand apart from the instructions.
    assert user.content == brief.prompt
    assert messages_for(brief) == (system, user)
    assert Language(brief.language).label in system.content
    assert max_output_tokens(brief) >= max(MIN_OUTPUT_TOKENS, word_target(brief))


@pytest.mark.parametrize("kind", Content.Type.values)
def test_longer_means_longer(kind: str) -> None:
    targets = [word_target(Brief("x", type=kind, length=length)) for length in Length.values]
    assert targets == sorted(set(targets))


@pytest.mark.parametrize("platform", [each for each in Platform.values if each])
def test_each_platform_has_its_manners(platform: str) -> None:
    system, _user = messages_for(Brief("x", platform=platform))
    anywhere, _user = messages_for(Brief("x"))
    assert len(system.content.splitlines()) == len(anywhere.content.splitlines()) + 1
