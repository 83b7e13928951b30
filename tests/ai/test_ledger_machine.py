"""Any order of reserving, settling, releasing, dying, roll-over and plan change adds up."""

import contextlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from ai.ask_text import ask_for
from ai.brief import Brief
from ai.ledger import (
    AlreadyEnded,
    EndedCall,
    NextCall,
    Opened,
    Outcome,
    QuotaExceeded,
    open_generation,
    release_strays,
    settle,
    settle_abandoned,
    turn_over,
)
from ai.ledger.producers import begin_lease, save_texts
from ai.ledger.rebuild import drift_of
from ai.models import Generation, Producer, ProviderCall, UsagePeriod
from ai.providers.base import ModelRef, Usage
from billing.entitlements import entitlements
from billing.models import PlanGrant
from tests.cast import open_cast_account

LEASE = timedelta(seconds=20)
FIRST, SECOND = ModelRef("fake", "mini-1"), ModelRef("fake", "mini-2")
MOMENTS = (
    datetime(2027, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2027, 2, 1, tzinfo=UTC),
    datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC),
    datetime(2028, 2, 29, 12, tzinfo=UTC),
)


class Ledger(RuleBasedStateMachine):
    """What was admitted and what ended is counted beside the ledger, in plain Python."""

    running = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.now = MOMENTS[0] - timedelta(days=3)
        self.clock = mock.patch.object(timezone, "now", side_effect=lambda: self.now)
        self.clock.start()
        self.user: User = open_cast_account("alice")
        self.used: dict[Any, int] = {}
        self.open: set[Any] = set()
        self.producer = begin_lease()

    def teardown(self) -> None:
        self.clock.stop()
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        """Nothing was used."""
        assert not UsagePeriod.objects.exists()

    @rule(target=running, prompt=st.text(min_size=1, max_size=400).filter(lambda t: "\0" not in t))
    def reserve(self, prompt: str) -> Any:
        allowed = entitlements(self.user)
        period = UsagePeriod.objects.filter(user=self.user, start=allowed.period_start).first()
        period = period or UsagePeriod()
        taken = period.generations_used + period.generations_reserved
        limit = allowed.plan.generations
        Producer.objects.filter(id=self.producer).update(beat_at=self.now)
        try:
            opened = open_generation(
                user=self.user, ask=ask_for(Brief(prompt)), producer_id=self.producer
            )
        except QuotaExceeded as refused:
            spent = period.spend_used_usd + period.spend_reserved_usd
            is_used_up = limit is not None and taken >= limit
            assert is_used_up or spent > allowed.plan.spend_usd / 2
            assert refused.numbers["metric"] in {"generations", "spend"}  # noqa: PT017
            return None
        assert limit is None or taken < limit
        row = opened.generation
        assert row.period.start == allowed.period_start
        assert row.period.end == allowed.period_end
        self.open.add(row.id)
        return opened

    @rule(opened=running)
    def fall_back(self, opened: Opened | None) -> None:
        """The first call fails before its first token, another is made."""
        if opened is None:
            return
        last = ProviderCall.objects.filter(generation_id=opened.generation_id).latest("attempt")
        ended = EndedCall(last.attempt, FIRST, is_released=True, error_kind="server")
        following = NextCall(last.attempt + 1, SECOND, "mini", "ANSWER", last.reserved_usd)
        try:
            turn_over(opened.generation_id, ended, following)
        except AlreadyEnded:
            assert opened.generation_id not in self.open
        else:
            assert opened.generation_id in self.open

    @rule(opened=consumes(running), text=st.sampled_from(["", "Half a sen"]))
    def lose_an_answer(self, opened: Opened | None, text: str) -> None:
        """Another call's row is written, the process never hears so and ends by what it knew."""
        if opened is None:
            return
        last = ProviderCall.objects.filter(generation_id=opened.generation_id).latest("attempt")
        known = EndedCall(last.attempt, FIRST, is_released=not text, written=text)
        following = NextCall(last.attempt + 1, SECOND, "mini", "ANSWER", last.reserved_usd)
        was_open = opened.generation_id in self.open
        with contextlib.suppress(AlreadyEnded):
            turn_over(opened.generation_id, known, following)
        # Who opened it does not read its rows again, and leaves what it has not heard of.
        settle(opened.generation_id, Outcome("FAILED", text=text, call=known), None, opened)
        is_left_open = was_open and last.attempt == 1
        assert release_strays() == int(is_left_open)
        self._ended(opened, bool(text.strip()))

    @rule(
        opened=running,
        status=st.sampled_from(["DONE", "FAILED", "CANCELED"]),
        text=st.sampled_from(["", "  \n", "Clay remembers the hand."]),
        tokens=st.none() | st.tuples(*[st.none() | st.integers(0, 900)] * 3),
    )
    def end(self, opened: Opened | None, status: str, text: str, tokens: Any) -> None:
        """However often, and whatever was used: the first end counts."""
        if opened is None:
            return
        last = ProviderCall.objects.filter(generation_id=opened.generation_id).latest("attempt")
        call = EndedCall(
            last.attempt,
            ModelRef(last.provider, last.model),
            is_released=not text and tokens is None,
            usage=Usage(*tokens) if tokens else None,
            written=text,
        )
        row = settle(opened.generation_id, Outcome(status, text=text, call=call))
        self._ended(opened, bool(text.strip()))
        assert row.is_final

    @rule(opened=consumes(running), text=st.sampled_from(["", "Half a sen"]))
    def die(self, opened: Opened | None, text: str) -> None:
        """The process dies; what it held is settled with what was saved."""
        if opened is None:
            return
        save_texts([(opened.generation_id, text, 2, 1)])
        Generation.objects.filter(id=opened.generation_id).update(producer_id=None)
        was_open = opened.generation_id in self.open
        ended = settle_abandoned(lease=LEASE)
        ids = [each.id for each in ended]
        assert (opened.generation_id in ids) == was_open
        for generation_id in ids:
            self._count(generation_id, Generation.objects.get(id=generation_id).is_counted)

    @rule(moment=st.sampled_from(MOMENTS), days=st.integers(0, 40))
    def roll_over(self, moment: datetime, days: int) -> None:
        """Time goes on, to the last instant of a month and past it."""
        self.now = max(self.now, moment) + timedelta(days=days)
        Producer.objects.filter(id=self.producer).update(beat_at=self.now)

    @rule(plan=st.sampled_from(["PRO", "ENTERPRISE", None]))
    def change_plan(self, plan: str | None) -> None:
        PlanGrant.objects.all().delete()
        if plan is not None:
            PlanGrant.objects.create(
                user=self.user, plan=plan, reason="x", starts_at=datetime(2020, 1, 1, tzinfo=UTC)
            )

    @invariant()
    def the_counters_say_what_the_rows_say(self) -> None:
        assert drift_of(UsagePeriod.objects.all()) == []

    @invariant()
    def what_ended_is_counted_once(self) -> None:
        counted = {
            period.pk: period.generations_used
            for period in UsagePeriod.objects.filter(generations_used__gt=0)
        }
        assert counted == {period: count for period, count in self.used.items() if count}

    @invariant()
    def nothing_is_held_by_what_has_ended(self) -> None:
        running = Generation.objects.streaming()
        assert {row.id for row in running} == self.open
        for row in Generation.objects.exclude(status="STREAMING"):
            calls = list(row.calls.all())
            assert not [each for each in calls if each.status == "RESERVED"]
            assert row.cost_usd == sum((each.cost_usd or Decimal(0) for each in calls), Decimal(0))

    def _ended(self, opened: Opened, is_counted: bool) -> None:
        self._count(opened.generation_id, is_counted)

    def _count(self, generation_id: Any, is_counted: bool) -> None:
        if generation_id in self.open:
            self.open.discard(generation_id)
            period = Generation.objects.get(id=generation_id).period_id
            self.used[period] = self.used.get(period, 0) + int(is_counted)


@pytest.mark.django_db
def test_any_order_adds_up(scripted: Any) -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
