"""A long list on a model with a small context: cut to what fits, not refused."""

from typing import Any

import pytest

from accounts.models import User
from ai.database import in_database
from ai.ideas.prompt import REPAIR_TOKENS, repair_for
from ai.ideas.reading import TOO_FEW, TRUNCATED, UNREADABLE
from ai.ideas.schema import max_output_tokens
from ai.ideas.services import ask_for_ideas
from ai.ideas.wanted import MAX_TOPIC_CHARACTERS, Wanted
from ai.ledger import open_generation
from ai.ledger.turns import most_tokens, room_beside
from ai.models import Generation
from ai.pricing import upper_bound_usd
from ai.providers.base import Finished, ModelRef, Usage
from tests.ai.conftest import Desk
from tests.ai.talk.test_ideas import JSON, PATH
from tests.ai.talk.test_reading import answer, idea
from tests.envelope import assert_error

WINDOW = 4_096
MINI = ModelRef("fake", "mini-1")
# Each letter is a token or more on any vocabulary.
UNREADABLY_LONG = "𓂀" * MAX_TOPIC_CHARACTERS


@pytest.fixture(autouse=True)
def _small_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ai.ledger.turns.context_window", lambda _ref: WINDOW)


@pytest.mark.parametrize(
    ("count", "room", "tokens"),
    [
        (1, None, 250),
        (50, None, 6_000),
        (50, 8_000, 6_000),
        (50, 3_900, 3_900),
        (5, 3_900, 770),
        (50, 100, 250),
        (1, -3_000, 250),
    ],
)
def test_the_room_bounds_the_answer_down_to_one_idea(
    count: int, room: int | None, tokens: int
) -> None:
    assert max_output_tokens(count, room) == tokens


@pytest.mark.parametrize(("count", "turns"), [(1, 2), (20, 2), (23, 2), (30, 1), (50, 1)])
def test_every_count_fits_and_short_lists_may_be_mended(
    alice: User, scripted: Any, count: int, turns: int
) -> None:
    ask = ask_for_ideas(by=alice, wanted=Wanted("Clay", count=count, quality="mini"))
    opened = open_generation(user=alice, ask=ask)
    assert len(opened.turns) == turns
    assert ask.max_output_tokens >= min(WINDOW - 500, count * 130)
    sent = most_tokens(ask.compose(MINI))
    dearest = upper_bound_usd((MINI,), input_tokens=sent, output=ask.max_output_tokens)
    assert opened.turns[0].reserved_usd >= dearest


@pytest.mark.parametrize("draft", ["", "x" * 9_000, "é" * 9_000, "𓂀" * 9_000, "\ud800" * 900])
def test_what_the_second_call_is_told_has_a_bound(draft: str) -> None:
    added = repair_for(draft, (UNREADABLE, TOO_FEW, TRUNCATED), Wanted(UNREADABLY_LONG, count=50))
    assert most_tokens(added) <= REPAIR_TOKENS
    assert "different ideas" in added[-1].content


def test_the_roomiest_model_of_the_narrowest_tier_bounds_it(
    alice: User, scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = {"mini-1": 2_000, "mini-2": 3_000, "full-1": None}
    monkeypatch.setattr("ai.ledger.turns.context_window", lambda ref: windows[ref.model])
    ask = ask_for_ideas(by=alice, wanted=Wanted("Clay", count=50))
    second = ModelRef("fake", "mini-2")
    assert ask.max_output_tokens == room_beside(ask.compose(second), second)
    opened = open_generation(user=alice, ask=ask)
    assert [str(ref) for ref in opened.route.models] == ["fake:mini-2"]


async def test_what_came_whole_is_the_list(alice: User, sign_in: Any, desk: Desk) -> None:
    whole = [idea(f"Idea {number}") for number in range(1, 34)]
    broken = answer(*whole, idea("Broken off"))[:-40]
    desk.provider.say(broken, Finished("length", Usage(120, 0, 3_900)))
    client = await sign_in(alice)
    response = await client.post(PATH, {"topic": "Clay", "count": 50}, JSON)
    assert response.status_code == 200
    assert len(response.json()["ideas"]) == 33
    (request,) = desk.provider.requests
    assert 3_600 < request.max_output_tokens < WINDOW
    row = await in_database(Generation.objects.get)
    assert (row.status, row.final_flaws) == ("DONE", ["too_few", "truncated"])
    assert row.cost_usd is not None
    assert row.cost_usd <= row.reserved_usd


@pytest.mark.parametrize("count", [1, 50])
async def test_a_topic_that_no_model_can_read_is_refused(
    alice: User, sign_in: Any, desk: Desk, count: int
) -> None:
    client = await sign_in(alice)
    response = await client.post(PATH, {"topic": UNREADABLY_LONG, "count": count}, JSON)
    assert_error(response, 400, "prompt_too_long")
    assert desk.provider.requests == []
