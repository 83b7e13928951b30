"""The ledger: reserves before, settles once, gives back what was not used."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from ai.brief import Brief
from ai.ledger import Outcome, QuotaExceeded, open_generation, save_progress, settle, settle_abandoned
from ai.models import Generation, UsagePeriod
from ai.providers.base import ModelRef, Usage
from ai.routing import NoModel, PlanRequired
from tests.factories import make_generation, make_period

BRIEF = Brief("About clay")
REF = ModelRef("fake", "mini-1")
HOUR = timedelta(hours=1)


def _done(text: str = "Clay.", usage: Usage | None = Usage(1_000, 0, 500), **facts: Any) -> Outcome:
    return Outcome("DONE", text=text, ref=REF, usage=usage, finish_reason="stop", **facts)


def _counters(user: User) -> tuple[int, int, Decimal, Decimal]:
    period = UsagePeriod.objects.get(user=user)
    return (
        period.generations_used,
        period.generations_reserved,
        period.spend_used_usd,
        period.spend_reserved_usd,
    )


def test_opening_reserves_a_count_and_a_bound(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, brief=BRIEF)
    row = Generation.objects.get()
    assert (row.id, row.status, row.model, row.tier) == (
        opened.generation_id,
        "STREAMING",
        "mini-1",
        "mini",
    )
    assert row.reserved_usd > 0
    assert _counters(alice) == (0, 1, 0, row.reserved_usd)


def test_settling_replaces_the_reservation(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, brief=BRIEF)
    row = settle(opened.generation_id, _done(frame_count=5, latency_ms=9))
    # 1,000 in at $1 and 500 out at $2 a million; ten times that on the strong model.
    assert (row.cost_usd, row.cost_if_full_usd) == (Decimal("0.002"), Decimal("0.02"))
    assert (row.input_tokens, row.output_tokens, row.is_usage_estimated) == (1_000, 500, False)
    assert row.finished_at is not None
    assert _counters(alice) == (1, 0, Decimal("0.002"), 0)


def test_settling_twice_is_once(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, brief=BRIEF)
    settle(opened.generation_id, _done())
    again = settle(opened.generation_id, _done("Other.", Usage(9_000, 0, 9_000)))
    assert again.text == "Clay."
    assert _counters(alice) == (1, 0, Decimal("0.002"), 0)


def test_a_count_is_given_back_when_nothing_arrived(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, brief=BRIEF)
    settle(opened.generation_id, Outcome("FAILED", ref=REF, error_code="provider_error"))
    assert _counters(alice) == (0, 0, 0, 0)


@pytest.mark.parametrize("status", ["FAILED", "CANCELED"])
def test_what_had_arrived_is_paid_by_its_length(alice: User, scripted: Any, status: str) -> None:
    opened = open_generation(user=alice, brief=BRIEF)
    row = settle(opened.generation_id, Outcome(status, text="Half a sentence", ref=REF))
    assert row.is_usage_estimated
    assert 0 < row.cost_usd <= row.reserved_usd
    assert _counters(alice) == (1, 0, row.cost_usd, 0)


def test_the_longest_answer_costs_no_more_than_was_reserved(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, brief=BRIEF)
    characters = sum(len(each.content) for each in opened.messages)
    usage = Usage(characters, 0, opened.max_output_tokens)
    row = settle(opened.generation_id, _done(usage=usage))
    assert row.cost_usd == row.reserved_usd


@pytest.mark.parametrize(
    ("used", "spent", "metric"),
    [
        ({"generations_used": 20}, "0", "generations"),
        ({"generations_used": 10, "generations_reserved": 10}, "0", "generations"),
        ({"generations_used": 0}, "0.25", "spend"),
        ({"spend_reserved_usd": Decimal("0.2499")}, "0", "spend"),
    ],
)
def test_a_plan_has_an_end(
    alice: User, scripted: Any, used: dict[str, Any], spent: str, metric: str
) -> None:
    make_period(alice, spend_used_usd=Decimal(spent), **used)
    with pytest.raises(QuotaExceeded) as refused:
        open_generation(user=alice, brief=BRIEF)
    numbers = refused.value.numbers
    assert numbers["metric"] == metric
    assert set(numbers) == {"metric", "current", "limit", "subscription", "resetAt"}
    assert numbers["subscription"] == "FREE"
    assert numbers["resetAt"].endswith("-01T00:00:00Z")
    assert not Generation.objects.exists()


def test_the_last_one_goes_through(alice: User, scripted: Any) -> None:
    make_period(alice, generations_used=19)
    open_generation(user=alice, brief=BRIEF)
    with pytest.raises(QuotaExceeded):
        open_generation(user=alice, brief=BRIEF)


def test_an_unlimited_token_passes_and_is_counted(alice: User, scripted: Any) -> None:
    make_period(alice, generations_used=20, spend_used_usd=Decimal(1))
    open_generation(user=alice, brief=BRIEF, is_unlimited=True)
    assert _counters(alice)[:2] == (20, 1)


def test_what_is_refused_leaves_nothing(alice: User, scripted: Any, settings: Any) -> None:
    with pytest.raises(PlanRequired):
        open_generation(user=alice, brief=Brief("x", quality="full"))
    settings.AI_MINI_MODELS = settings.AI_FULL_MODELS = ["fake:without-a-price"]
    with pytest.raises(NoModel):
        open_generation(user=alice, brief=BRIEF)
    assert not Generation.objects.exists()
    assert not UsagePeriod.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_200_at_once_exactly_those_that_are_left_pass(alice: User, scripted: Any) -> None:
    outcomes: list[str] = []

    def work() -> None:
        for _ in range(10):
            try:
                open_generation(user=alice, brief=BRIEF)
                outcomes.append("opened")
            except Exception as error:  # noqa: BLE001  (whatever it is, it is counted)
                outcomes.append(type(error).__name__)
            finally:
                connection.close()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(outcomes)) == ["QuotaExceeded", "opened"]
    assert (outcomes.count("opened"), len(outcomes)) == (20, 200)
    assert Generation.objects.count() == 20
    assert _counters(alice)[:2] == (0, 20)


@pytest.mark.django_db(transaction=True)
def test_many_that_settle_the_same_row_settle_it_once(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, brief=BRIEF)

    def work() -> None:
        settle(opened.generation_id, _done())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _counters(alice) == (1, 0, Decimal("0.002"), 0)


def test_the_abandoned_are_settled_with_what_was_saved(alice: User, scripted: Any) -> None:
    dead = make_generation(alice, age=HOUR, reserved_usd=Decimal("0.01"))
    empty = make_generation(alice, age=HOUR, reserved_usd=Decimal("0.01"))
    alive = make_generation(alice, age=HOUR, reserved_usd=Decimal("0.01"))
    save_progress(dead.id, "Half a sentence", 7)
    Generation.objects.filter(id=dead.id).update(beat_at=timezone.now() - HOUR)
    save_progress(alive.id, "Still", 2)
    assert settle_abandoned(older_than=timedelta(seconds=25)) == 2
    for row in (dead, empty, alive):
        row.refresh_from_db()
    assert (dead.status, dead.error_code, dead.text) == ("FAILED", "interrupted", "Half a sentence")
    assert dead.frame_count == 8
    assert (empty.status, empty.cost_usd) == ("FAILED", 0)
    assert alive.status == "STREAMING"
    assert _counters(alice) == (1, 1, dead.cost_usd, Decimal("0.01"))


def test_a_row_whose_model_has_no_price_any_more_holds_up_no_other(
    alice: User, scripted: Any
) -> None:
    facts = {"age": HOUR, "text": "Some text", "reserved_usd": Decimal("0.01")}
    gone = make_generation(alice, model="withdrawn", **facts)
    other = make_generation(alice, **facts)
    assert settle_abandoned(older_than=timedelta(seconds=25)) == 2
    gone.refresh_from_db()
    other.refresh_from_db()
    assert other.status == gone.status == "FAILED"
    # Free it is not: the bound that was reserved is taken.
    assert gone.cost_usd == Decimal("0.01")
    assert _counters(alice)[1] == 0


def test_progress_is_not_written_over_an_end(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, brief=BRIEF)
    settle(opened.generation_id, _done())
    save_progress(opened.generation_id, "late", 1)
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
