"""What a dead process leaves, and what the database itself refuses."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from ai import ledger
from ai.ask_text import ask_for
from ai.ledger import (
    Outcome,
    abandoned,
    open_generation,
    settle,
    settle_abandoned,
)
from ai.ledger.producers import save_texts
from ai.models import Generation, UsagePeriod
from tests.ai.accounting import BRIEF, HOUR, counters, done
from tests.factories import make_generation, make_period


def test_half_a_list_of_ideas_is_counted_as_none(alice: User, scripted: Any) -> None:
    dead = make_generation(alice, age=HOUR, kind="IDEAS", reserved_usd=Decimal("0.01"))
    save_texts([(dead.id, '{"ideas": [{"title": "On', 0)])
    assert len(settle_abandoned(lease=timedelta(seconds=1))) == 1
    dead.refresh_from_db()
    assert (dead.status, dead.is_counted) == ("FAILED", False)
    period = UsagePeriod.objects.get()
    assert (period.generations_used, period.generations_reserved) == (0, 0)


def test_the_abandoned_are_settled_with_what_was_saved(alice: User, scripted: Any) -> None:
    dead = make_generation(alice, age=HOUR, reserved_usd=Decimal("0.01"))
    empty = make_generation(alice, age=HOUR, reserved_usd=Decimal("0.01"))
    alive = make_generation(alice, reserved_usd=Decimal("0.01"))
    save_texts([(dead.id, "Half a sentence", 7), (alive.id, "Still", 2)])
    assert len(settle_abandoned(lease=timedelta(seconds=1))) == 2
    for row in (dead, empty, alive):
        row.refresh_from_db()
    assert (dead.status, dead.error_code, dead.text) == ("FAILED", "interrupted", "Half a sentence")
    assert dead.frame_count == 8
    assert empty.status == "FAILED"
    assert empty.cost_usd == 0
    assert alive.status == "STREAMING"
    assert counters(alice) == (1, 1, dead.cost_usd, Decimal("0.01"))


def test_a_row_whose_model_has_no_price_any_more_holds_up_no_other(
    alice: User, scripted: Any
) -> None:
    facts: Any = {"age": HOUR, "text": "Some text", "reserved_usd": Decimal("0.01")}
    gone = make_generation(alice, model="withdrawn", **facts)
    other = make_generation(alice, **facts)
    assert len(settle_abandoned(lease=timedelta(seconds=1))) == 2
    gone.refresh_from_db()
    other.refresh_from_db()
    assert other.status == gone.status == "FAILED"
    # Free it is not: the bound that was reserved is taken.
    assert gone.cost_usd == Decimal("0.01")
    assert counters(alice)[1] == 0


def test_progress_is_not_written_over_an_end(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, ask=ask_for(BRIEF))
    settle(opened.generation_id, done())
    save_texts([(opened.generation_id, "late", 1)])
    assert Generation.objects.get().text == "Clay."


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"generations_used": -1}, "ai_usage_counts_not_negative"),
        ({"generations_reserved": F("generations_reserved") - 1}, "ai_usage_counts_not_negative"),
        ({"spend_used_usd": -1}, "ai_usage_spend_not_negative"),
        ({"spend_reserved_usd": -1}, "ai_usage_spend_not_negative"),
    ],
)
def test_counters_never_pass_zero(alice: User, changes: dict[str, Any], constraint: str) -> None:
    make_period(alice)
    with pytest.raises(IntegrityError, match=constraint):
        UsagePeriod.objects.update(**changes)


def test_somebody_has_one_row_a_period(alice: User) -> None:
    period = make_period(alice)
    with pytest.raises(IntegrityError, match="ai_usage_one_per_period"):
        UsagePeriod.objects.create(user=alice, start=period.start, end=period.end)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"status": "LOST"}, "ai_generation_(status_known|final_has_end)"),
        ({"status": "DONE"}, "ai_generation_final_has_end"),
        ({"finished_at": timezone.now()}, "ai_generation_final_has_end"),
    ],
)
def test_a_generation_ends_with_a_time(
    alice: User, changes: dict[str, Any], constraint: str
) -> None:
    make_generation(alice)
    with pytest.raises(IntegrityError, match=constraint):
        Generation.objects.update(**changes)


def test_a_row_that_cannot_be_settled_holds_up_no_other(
    alice: User, scripted: Any, monkeypatch: Any
) -> None:
    first, second = (make_generation(alice, age=HOUR) for _ in range(2))
    real = ledger.settle

    def fails_once(generation_id: Any, outcome: Outcome) -> Generation:
        if generation_id == first.id:
            raise ArithmeticError
        return real(generation_id, outcome)

    monkeypatch.setattr(abandoned, "settle", fails_once)
    assert len(settle_abandoned(lease=timedelta(seconds=1))) == 1
    second.refresh_from_db()
    assert second.status == "FAILED"
