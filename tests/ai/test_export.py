"""Decisions leave with their outcome, without anybody's words, and can be decided again."""

import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from ai.brief import Brief
from ai.export import routes
from ai.feedback import give_feedback
from ai.models import Generation
from ai.providers.base import ModelRef
from ai.replay import replay
from ai.routing import decide
from tests.factories import make_generation

MINI, FULL = (ModelRef("fake", "mini-1"),), (ModelRef("fake", "full-1"),)


def _made(user: User, prompt: str, **facts: Any) -> Generation:
    route = decide(Brief(prompt), allows_full=True, mini=MINI, full=FULL)
    costs = {
        "cost_usd": Decimal("0.001") if route.tier == "mini" else Decimal("0.02"),
        "cost_if_full_usd": Decimal("0.02"),
        "cost_if_mini_usd": Decimal("0.001"),
    }
    facts = {"status": "DONE", "text": "Secret clay.", **costs, **facts}
    return make_generation(
        user, prompt=prompt, tier=route.tier, route_features=route.features, **facts
    )


@pytest.fixture
def two(alice: User, bob: User) -> tuple[Generation, Generation]:
    return _made(alice, "Secret kiln"), _made(bob, "Compare two secret kilns")


def test_each_generation_is_a_row_without_words(
    alice: User, two: tuple[Generation, Generation]
) -> None:
    give_feedback(by=alice, generation_id=two[0].id, verdict="rejected")
    give_feedback(by=alice, generation_id=two[0].id, verdict="accepted")
    make_generation(alice)
    rows = list(routes())
    assert [row["id"] for row in rows] == [str(row.id) for row in two]
    assert [row["features"]["rule"] for row in rows] == ["plain", "reasoning"]
    assert [row["verdict"] for row in rows] == ["accepted", None]
    assert [each["verdict"] for each in rows[0]["feedback"]] == ["accepted", "rejected"]
    told = json.dumps(rows).casefold()
    assert "secret" not in told
    assert "alice" not in told


def test_words_go_with_it_when_asked(two: tuple[Generation, Generation]) -> None:
    out = StringIO()
    call_command("export_routes", "--with-prompts", stdout=out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [row["prompt"] for row in rows] == ["Secret kiln", "Compare two secret kilns"]
    assert rows[0]["text"] == "Secret clay."


@pytest.mark.parametrize(
    ("option", "rows"), [("--since=2100-01-01", 0), ("--until=2100-01-01T00:00:00+01:00", 2)]
)
def test_a_stretch_of_time(two: tuple[Generation, Generation], option: str, rows: int) -> None:
    out = StringIO()
    call_command("export_routes", option, stdout=out)
    assert len(out.getvalue().splitlines()) == rows


def test_what_was_exported_is_decided_again(
    alice: User, two: tuple[Generation, Generation], tmp_path: Any
) -> None:
    _made(alice, "Secret kiln", reused_from_id=two[0].id)
    make_generation(alice, status="DONE")
    out = StringIO()
    call_command("export_routes", stdout=out)
    file = tmp_path / "routes.jsonl"
    file.write_text(out.getvalue())
    said = StringIO()
    call_command("replay_routes", str(file), stdout=said)
    assert "2 decided (2 skipped): 2 the same, 0 now full, 0 now mini" in said.getvalue()
    assert "saved 47.5 %" in said.getvalue()


def test_another_router_can_be_tried(two: tuple[Generation, Generation]) -> None:
    found = replay(routes(), lambda _seen: ("mini", "always"))
    assert (found.same, found.to_mini, found.to_full, found.full) == (1, 1, 0, 0)
    assert found.cost_usd == found.always_mini_usd == Decimal("0.002")
    assert found.saved_percent == 95
    assert replay([]).saved_percent == 0
