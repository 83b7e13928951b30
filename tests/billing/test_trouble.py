"""Stripe that does not answer: nothing is lost, nothing waits for hands."""

from datetime import timedelta
from typing import Any

import pytest
import stripe as sdk
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import inbox, mirror
from billing.entitlements import entitlements
from billing.models import BillingAlert, Drift, InboxEvent, Reconciliation
from billing.reconcile import reconcile
from billing.stripe_api import (
    NotConfigured,
    StripeAway,
    StripeInsideTransaction,
    asked,
    secret_key,
    written_whole,
)
from tests.billing.shop import Shop
from tests.factories import make_inbox_event


def _due_now() -> None:
    InboxEvent.objects.filter(status="RECEIVED").update(due_at=timezone.now())


@pytest.mark.parametrize("failure", [503, 429, 500, "cut"])
def test_an_event_waits_for_stripe_and_is_done_then(
    shop: Shop, alice: User, failure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "max_network_retries", 0)
    shop.subscribe(alice)
    shop.stripe.fail_with = failure
    event = shop.stripe.events_of("customer.subscription.created")[0]
    shop.hear(event)
    row = InboxEvent.objects.get()
    assert (row.status, row.attempts, row.outcome) == ("RECEIVED", 1, "StripeAway")
    assert row.due_at > timezone.now()
    # Nobody takes it before its time.
    assert inbox.work() == 0
    shop.stripe.fail_with = None
    _due_now()
    assert inbox.work() == 1
    assert entitlements(alice).plan.name == "PRO"


def test_an_outage_of_days_ends_without_hands(
    shop: Shop, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "max_network_retries", 0)
    shop.subscribe(alice)
    shop.stripe.is_down = True
    shop.post(shop.stripe.events_of("customer.subscription.created")[0])
    for _ in range(3 * inbox.MOST_ATTEMPTS):
        _due_now()
        assert inbox.work() == 1
    row = InboxEvent.objects.get()
    assert row.status == "RECEIVED"
    assert row.attempts < inbox.MOST_ATTEMPTS
    assert row.due_at > timezone.now() + timedelta(minutes=20)
    assert not BillingAlert.objects.exists()
    shop.stripe.is_down = False
    _due_now()
    inbox.work()
    assert entitlements(alice).plan.name == "PRO"


def test_one_who_cannot_be_read_does_not_hold_up_the_others(
    shop: Shop, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = sorted(shop.subscribe(user)["customer"] for user in (alice, bob))
    write_story = mirror.write_story

    def write(story: mirror.Story) -> None:
        if story.customer.id == customers[0]:
            raise ValueError("a payload that nobody foresaw")
        write_story(story)

    monkeypatch.setattr(mirror, "write_story", write)
    run = reconcile()
    assert (run.checked, run.drifted) == (1, 1)
    assert run.failure == "1 could not be read; the log says why"
    assert run.ended_at is not None


def test_what_was_done_with_is_forgotten_in_time(db: None) -> None:
    now = timezone.now()
    long_ago, lately = now - inbox.KEPT - timedelta(hours=1), now - inbox.KEPT + timedelta(hours=1)
    for status in ("DONE", "IGNORED", "DEAD"):
        make_inbox_event(f"evt_old_{status}", status=status, ended_at=long_ago)
        make_inbox_event(f"evt_new_{status}", status=status, ended_at=lately)
    make_inbox_event("evt_waiting", status="RECEIVED", received_at=long_ago)
    assert inbox.forget() == 2
    left = set(InboxEvent.objects.values_list("pk", flat=True))
    kept = {f"evt_new_{status}" for status in ("DONE", "IGNORED", "DEAD")}
    assert left == kept | {"evt_old_DEAD", "evt_waiting"}


def test_one_that_cannot_be_done_is_given_up_and_staff_try_again(
    shop: Shop, alice: User, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_facts: Any, **_more: Any) -> None:
        raise ValueError("a payload that nobody foresaw")

    shop.subscribe(alice)
    shop.post(shop.stripe.events_of("customer.subscription.created")[0])
    with monkeypatch.context() as broken:
        broken.setattr(mirror, "write_story", break_down)
        for _ in range(inbox.MOST_ATTEMPTS):
            _due_now()
            assert inbox.work() == 1
        assert inbox.work() == 0
    row = InboxEvent.objects.get()
    assert (row.status, row.attempts, row.outcome) == ("DEAD", inbox.MOST_ATTEMPTS, "ValueError")
    alert = BillingAlert.objects.get()
    assert (alert.kind, alert.about) == ("DEAD_EVENT", row.id)
    assert inbox.retry(by=sam, event=row)
    assert not inbox.retry(by=sam, event=row)
    inbox.work()
    row.refresh_from_db()
    assert row.status == "DONE"
    assert entitlements(alice).plan.name == "PRO"


def test_a_defect_of_ours_is_noted_and_tried_again(
    shop: Shop, alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop.subscribe(alice)
    event = shop.stripe.events_of("customer.subscription.created")[0]
    with monkeypatch.context() as broken:
        broken.setattr("billing.sync.owe_notices", lambda *_: 1 / 0)
        shop.hear(event)
    row = InboxEvent.objects.get()
    assert (row.status, row.outcome) == ("RECEIVED", "ZeroDivisionError")
    assert "failed" in caplog.text
    # Half of it was not written, either.
    assert entitlements(alice).plan.name == "FREE"
    _due_now()
    inbox.work()
    assert entitlements(alice).plan.name == "PRO"


def test_a_worker_that_died_lets_its_event_go(shop: Shop, alice: User) -> None:
    shop.subscribe(alice)
    shop.post(shop.stripe.events_of("customer.subscription.created")[0])
    assert inbox._claim() is not None
    assert inbox.work() == 0
    InboxEvent.objects.update(claimed_until=timezone.now() - inbox.CLAIM)
    assert inbox.work() == 1
    assert InboxEvent.objects.get().status == "DONE"


def test_what_was_missed_for_days_is_repaired(shop: Shop, alice: User, charlie: User) -> None:
    bought = shop.subscribe(alice)
    shop.subscribe(charlie, "ENTERPRISE")
    run = reconcile()
    assert (run.checked, run.drifted, run.failure) == (2, 2, "")
    assert [entitlements(user).plan.name for user in (alice, charlie)] == ["PRO", "ENTERPRISE"]
    assert reconcile().drifted == 0
    shop.stripe.cancel_now(bought)
    assert reconcile().drifted == 1
    drift = Drift.objects.latest("created_at")
    assert drift.account == shop.account(alice)
    assert drift.differences["status"] == ["ACTIVE", "CANCELED"]
    assert entitlements(alice).plan.name == "FREE"
    # The events come after all, and change nothing.
    before = shop.changes(alice)
    shop.hear()
    assert shop.changes(alice) == before


def test_a_comparison_that_breaks_off_says_so(
    shop: Shop, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "max_network_retries", 0)
    shop.subscribe(alice)
    shop.stripe.is_down = True
    run = reconcile()
    assert run.failure.startswith("Stripe did not answer")
    assert run.ended_at is not None
    assert Reconciliation.objects.count() == 1


def test_nothing_is_asked_of_stripe_inside_a_transaction(shop: Shop) -> None:
    before = len(shop.stripe.requests)
    with transaction.atomic(), pytest.raises(StripeInsideTransaction):
        sdk.Customer.list(api_key=secret_key())
    with transaction.atomic(), pytest.raises(StripeInsideTransaction):
        sdk.Customer.create(api_key=secret_key())
    with pytest.raises(StripeInsideTransaction):
        # A write may read; what it would change at Stripe is a defect.
        written_whole(lambda: sdk.Customer.create(api_key=secret_key()))
    assert len(shop.stripe.requests) == before
    sdk.Customer.list(api_key=secret_key())
    assert len(shop.stripe.requests) == before + 1


def test_what_a_write_reads_is_fetched_before_it(shop: Shop, alice: User) -> None:
    customer = shop.subscribe(alice)["customer"]
    seen: list[Any] = []

    def write() -> str:
        seen.append(1)
        return str(sdk.Customer.retrieve(customer, api_key=secret_key()).id)

    assert written_whole(write) == customer
    assert len(seen) == 2


def test_a_refused_key_is_no_end(shop: Shop, settings: Any) -> None:
    settings.STRIPE_TEST_SECRET_KEY = "sk_test_" + "x" * 24
    with pytest.raises(StripeAway) as away:
        asked(lambda: sdk.Customer.list(api_key=secret_key()))
    assert "xxxx" not in str(away.value)
    settings.STRIPE_TEST_SECRET_KEY = ""
    with pytest.raises(NotConfigured):
        asked(lambda: sdk.Customer.list(api_key=secret_key()))
