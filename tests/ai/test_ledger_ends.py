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
    EndedCall,
    NextCall,
    Outcome,
    abandoned,
    open_generation,
    release_strays,
    settle,
    settle_abandoned,
    turn_over,
)
from ai.ledger.producers import save_texts
from ai.models import Generation, UsagePeriod
from ai.prompts import Voice
from ai.providers.base import Message, ModelRef
from ai.tokens import count_messages, count_tokens
from tests.ai.accounting import BRIEF, HOUR, REF, USAGE, counters, done
from tests.factories import make_call, make_generation, make_period


def test_half_a_list_of_ideas_is_counted_as_none(alice: User, scripted: Any) -> None:
    dead = make_generation(alice, age=HOUR, kind="IDEAS", reserved_usd=Decimal("0.01"))
    save_texts([(dead.id, '{"ideas": [{"title": "On', 0, 1)])
    assert len(settle_abandoned(lease=timedelta(seconds=1))) == 1
    dead.refresh_from_db()
    assert (dead.status, dead.is_counted) == ("FAILED", False)
    period = UsagePeriod.objects.get()
    assert (period.generations_used, period.generations_reserved) == (0, 0)


def test_the_abandoned_are_settled_with_what_was_saved(alice: User, scripted: Any) -> None:
    dead = make_generation(alice, age=HOUR, reserved_usd=Decimal("0.01"))
    empty = make_generation(alice, age=HOUR, reserved_usd=Decimal("0.01"))
    alive = make_generation(alice, reserved_usd=Decimal("0.01"))
    save_texts([(dead.id, "Half a sentence", 7, 1), (alive.id, "Still", 2, 1)])
    assert len(settle_abandoned(lease=timedelta(seconds=1))) == 2
    for row in (dead, empty, alive):
        row.refresh_from_db()
    assert (dead.status, dead.error_code, dead.text) == ("FAILED", "interrupted", "Half a sentence")
    assert dead.frame_count == 8
    assert empty.status == "FAILED"
    assert empty.cost_usd == 0
    assert alive.status == "STREAMING"
    assert counters(alice) == (1, 1, dead.cost_usd, Decimal("0.01"))


def test_what_was_sent_is_known_of_the_dead(alice: User, scripted: Any) -> None:
    """The instructions, the voice and a conversation are most of it, and are in no row."""
    voice = Voice(niche="Ceramics", samples=("The kiln keeps its own time. " * 50,))
    ask = ask_for(BRIEF, voice)
    dead = open_generation(user=alice, ask=ask)
    save_texts([(dead.generation_id, "Half a sentence", 7, 1)])
    assert len(settle_abandoned(lease=timedelta(seconds=1))) == 1
    call = dead.generation.calls.get()
    sent = count_messages(ask.compose(REF))
    assert sent > 300
    assert (call.fresh_input_tokens, call.output_tokens) == (sent, count_tokens("Half a sentence"))
    assert call.is_estimated
    # A second draft quotes the first one; it is counted with all that it is sent.
    other = open_generation(user=alice, ask=ask_for(BRIEF, voice))
    first = EndedCall(1, REF, usage=USAGE, written="A first draft.", finish_reason="stop")
    more = (*ask.compose(REF), Message("assistant", "A first draft."))
    turn_over(other.generation_id, first, NextCall(2, REF, "mini", "REPAIR", Decimal(1), more))
    save_texts([(other.generation_id, "Another", 3, 2)])
    settle_abandoned(lease=timedelta(seconds=1))
    repair = other.generation.calls.get(attempt=2)
    assert repair.fresh_input_tokens == count_messages(more)


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
    save_texts([(opened.generation_id, "late", 1, 1)])
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


@pytest.fixture
def second_draft(alice: User, scripted: Any) -> Generation:
    """A dead process's: its first draft is written and paid, its second was asked for."""
    dead = make_generation(alice, age=HOUR, reserved_usd=Decimal("0.05"))
    first = EndedCall(1, REF, usage=USAGE, written="A first draft.", finish_reason="stop")
    full = ModelRef("fake", "full-1")
    turn_over(dead.id, first, NextCall(2, full, "full", "ESCALATION", Decimal("0.03")))
    return dead


def test_a_second_draft_that_had_not_begun_costs_nothing(
    alice: User, second_draft: Generation
) -> None:
    save_texts([(second_draft.id, "A first draft.", 0, 1)])
    (row,) = settle_abandoned(lease=timedelta(seconds=1))
    first, second = row.calls.order_by("attempt")
    assert (first.status, first.is_estimated) == ("SETTLED", False)
    assert (second.status, second.cost_usd, second.output_tokens) == ("RELEASED", None, None)
    # Who wrote the text is named, and it alone is paid.
    assert (row.text, row.model, row.cost_usd) == ("A first draft.", "mini-1", first.cost_usd)
    assert counters(alice) == (1, 0, first.cost_usd, 0)


@pytest.mark.parametrize("is_in_log", [False, True])
def test_a_second_draft_is_counted_by_its_own_words(
    alice: User, second_draft: Generation, is_in_log: bool
) -> None:
    words = "Another draft, of quite another length than the first one."
    save_texts([(second_draft.id, "A first" if is_in_log else words, 0, 1 if is_in_log else 2)])
    newer = words if is_in_log else None
    (row,) = settle_abandoned(lease=timedelta(seconds=1), newer_text=lambda _id: newer)
    second = row.calls.get(attempt=2)
    assert (second.status, second.is_estimated) == ("SETTLED", True)
    assert second.output_tokens == count_tokens(words)
    assert (row.text, row.model) == (words, "full-1")


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_row_that_nobody_heard_of_was_no_call(
    alice: User, second_draft: Generation, attempt: int
) -> None:
    """The commit stood and its answer was lost: who settles tells of the call before."""
    ref = REF if attempt == 1 else ModelRef("fake", "full-1")
    if attempt == 2:
        ended = EndedCall(2, ref, is_released=True, error_kind="server")
        turn_over(second_draft.id, ended, NextCall(3, ref, "full", "ESCALATION", Decimal("0.03")))
    known = EndedCall(attempt, ref, usage=USAGE, written="A draft.", error_kind="internal")
    row = settle(second_draft.id, Outcome("FAILED", text="A draft.", call=known))
    last = row.calls.latest("attempt")
    assert (last.attempt, last.status, last.cost_usd) == (attempt + 1, "RELEASED", None)
    assert counters(alice)[2] == sum(call.cost_usd or 0 for call in row.calls.all())


def test_what_is_left_open_behind_an_end_is_released(
    alice: User, scripted: Any, django_assert_max_num_queries: Any
) -> None:
    ended = make_generation(alice, status="DONE", text="Clay.", cost_usd=Decimal("0.01"))
    stray = make_call(ended, attempt=2, reserved_usd=Decimal("0.02"))
    running = make_generation(alice)
    assert release_strays() == 1
    stray.refresh_from_db()
    assert (stray.status, stray.error_kind, stray.cost_usd) == ("RELEASED", "skipped", None)
    assert running.calls.get().status == "RESERVED"
    with django_assert_max_num_queries(3):
        assert release_strays() == 0
