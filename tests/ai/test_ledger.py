"""The ledger: reserves before, settles once, gives back what was not used."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts.models import User
from ai.ask_text import ask_for
from ai.brief import Brief
from ai.ledger import (
    Outcome,
    QuotaExceeded,
    open_generation,
    settle,
)
from ai.ledger.turns import most_tokens
from ai.models import Generation, UsagePeriod
from ai.providers.base import Usage
from ai.routing import NoModel, PlanRequired
from ai.signals import generation_finished
from tests.ai.accounting import BRIEF, REF, counters, done
from tests.factories import make_period


def test_opening_reserves_a_count_and_a_bound(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, ask=ask_for(BRIEF))
    row = Generation.objects.get()
    assert (row.id, row.status, row.model, row.tier) == (
        opened.generation_id,
        "STREAMING",
        "mini-1",
        "mini",
    )
    assert row.reserved_usd > 0
    assert counters(alice) == (0, 1, 0, row.reserved_usd)


def test_settling_replaces_the_reservation(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, ask=ask_for(BRIEF))
    row = settle(opened.generation_id, done(frame_count=5, latency_ms=9))
    # 1,000 in at $1 and 500 out at $2 a million; ten times that on the strong model.
    assert (row.cost_usd, row.cost_if_full_usd) == (Decimal("0.002"), Decimal("0.02"))
    assert (row.input_tokens, row.output_tokens, row.is_usage_estimated) == (1_000, 500, False)
    assert row.finished_at is not None
    assert counters(alice) == (1, 0, Decimal("0.002"), 0)


def test_settling_twice_is_once(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, ask=ask_for(BRIEF))
    settle(opened.generation_id, done())
    again = settle(opened.generation_id, done("Other.", Usage(9_000, 0, 9_000)))
    assert again.text == "Clay."
    assert counters(alice) == (1, 0, Decimal("0.002"), 0)


def test_what_was_not_written_at_first_is_written_at_last(
    alice: User, scripted: Any, monkeypatch: Any
) -> None:
    opened = open_generation(user=alice, ask=ask_for(BRIEF))
    with monkeypatch.context() as patch:
        patch.setattr(generation_finished, "send", _gone)
        with pytest.raises(OperationalError):
            settle(opened.generation_id, done(), opened=opened)
    settle(opened.generation_id, done(), opened=opened)
    row = Generation.objects.get()
    call = row.calls.get()
    assert (row.status, call.status, call.cost_usd) == ("DONE", "SETTLED", row.cost_usd)
    assert counters(alice) == (1, 0, row.cost_usd, 0)


def _gone(**_facts: Any) -> None:
    raise OperationalError


def test_a_call_knows_its_price_and_its_tokens(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, ask=ask_for(BRIEF))
    reserved = opened.generation.calls.get()
    assert (reserved.status, reserved.reserved_usd) == ("RESERVED", opened.generation.reserved_usd)
    usage = Usage(700, 300, 500, cache_write_tokens=None, reasoning_tokens=200)
    settle(opened.generation_id, done(usage=usage))
    call = opened.generation.calls.get()
    assert (call.status, call.attempt, call.purpose) == ("SETTLED", 1, "ANSWER")
    buckets = (call.fresh_input_tokens, call.cache_read_tokens, call.cache_write_tokens)
    assert buckets == (700, 300, None)
    assert (call.output_tokens, call.reasoning_tokens) == (500, 200)
    assert (call.price_input_usd, call.price_output_usd) == (Decimal(1), Decimal(2))
    assert call.price_source == "operator"
    assert call.cost_usd == Decimal("0.002")


def test_a_count_is_given_back_when_nothing_arrived(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, ask=ask_for(BRIEF))
    settle(opened.generation_id, Outcome("FAILED", error_code="provider_error"))
    assert counters(alice) == (0, 0, 0, 0)


@pytest.mark.parametrize("status", ["FAILED", "CANCELED"])
def test_what_had_arrived_is_paid_by_its_length(alice: User, scripted: Any, status: str) -> None:
    opened = open_generation(user=alice, ask=ask_for(BRIEF))
    row = settle(opened.generation_id, Outcome(status, text="Half a sentence"))
    assert row.is_usage_estimated
    assert row.cost_usd is not None
    assert 0 < row.cost_usd <= row.reserved_usd
    assert counters(alice) == (1, 0, row.cost_usd, 0)


def test_the_longest_answer_costs_no_more_than_was_reserved(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, ask=ask_for(BRIEF))
    sent = opened.ask.compose(REF)
    usage = Usage(most_tokens(sent), 0, opened.ask.max_output_tokens)
    row = settle(opened.generation_id, done(usage=usage))
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
        open_generation(user=alice, ask=ask_for(BRIEF))
    numbers = refused.value.numbers
    assert numbers["metric"] == metric
    assert set(numbers) == {"metric", "current", "limit", "subscription", "resetAt"}
    assert numbers["subscription"] == "FREE"
    assert numbers["resetAt"].endswith("-01T00:00:00Z")
    assert not Generation.objects.exists()


def test_the_last_one_goes_through(alice: User, scripted: Any) -> None:
    make_period(alice, generations_used=19)
    open_generation(user=alice, ask=ask_for(BRIEF))
    with pytest.raises(QuotaExceeded):
        open_generation(user=alice, ask=ask_for(BRIEF))


def test_an_unlimited_token_passes_and_is_counted(alice: User, scripted: Any) -> None:
    make_period(alice, generations_used=20, spend_used_usd=Decimal(1))
    open_generation(user=alice, ask=ask_for(BRIEF), is_unlimited=True)
    assert counters(alice)[:2] == (20, 1)


def test_what_is_refused_leaves_nothing(alice: User, scripted: Any, settings: Any) -> None:
    with pytest.raises(PlanRequired):
        open_generation(user=alice, ask=ask_for(Brief("x", quality="full")))
    settings.AI_MINI_MODELS = settings.AI_FULL_MODELS = ["fake:without-a-price"]
    with pytest.raises(NoModel):
        open_generation(user=alice, ask=ask_for(BRIEF))
    assert not Generation.objects.exists()
    assert not UsagePeriod.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_200_at_once_exactly_those_that_are_left_pass(alice: User, scripted: Any) -> None:
    outcomes: list[str] = []

    def work() -> None:
        for _ in range(10):
            try:
                open_generation(user=alice, ask=ask_for(BRIEF))
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
    assert counters(alice)[:2] == (0, 20)


@pytest.mark.django_db(transaction=True)
def test_many_that_settle_the_same_row_settle_it_once(alice: User, scripted: Any) -> None:
    opened = open_generation(user=alice, ask=ask_for(BRIEF))

    def work() -> None:
        settle(opened.generation_id, done())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters(alice) == (1, 0, Decimal("0.002"), 0)
