"""Late, twice, shuffled, all at once: one final state, and nothing done twice."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from djstripe.models import Customer, Invoice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from billing import inbox, mirror, sync
from billing.models import BillingNotice, InboxEvent, PlanChange
from billing.plans import PlanName
from billing.services import grant_plan
from billing.sync import FACTS, sync_customer
from tests.billing.shop import Shop
from tests.cast import open_cast_account


def _lead_a_life(shop: Shop, user: User) -> None:
    """All that happens at Stripe before we hear of any of it."""
    bought = shop.subscribe(user, trial_days=3)
    shop.stripe.trial_will_end(bought)
    shop.stripe.renew(bought)
    shop.stripe.change_price(bought, shop.price("ENTERPRISE"))
    shop.stripe.fail_renewal(bought)
    shop.stripe.pay_open_invoice(bought)
    shop.stripe.cancel_at_period_end(bought)


def _state(shop: Shop, user: User) -> tuple[Any, ...]:
    account = shop.account(user)
    return (
        [getattr(account, name) for name in FACTS],
        account.told_plan,
        shop.changes(user),
        shop.mails(user),
    )


@given(st.data())
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_interleaving_ends_as_the_run_in_order(shop: Shop, alice: User, data: Any) -> None:
    if not shop.stripe.events:
        _lead_a_life(shop, alice)
        shop.hear()
        shop.in_order = _state(shop, alice)  # type: ignore[attr-defined]
    customer_id = shop.account(alice).stripe_customer_id
    _forget(shop, alice)
    events = list(shop.stripe.events)
    order = data.draw(st.permutations(events))
    again = data.draw(st.lists(st.sampled_from(events), max_size=8))
    pause = data.draw(st.integers(0, len(events)))
    for event in [*order[:pause], *again]:
        shop.post(event)
    inbox.work()
    for event in order[pause:]:
        shop.post(event)
    inbox.work()
    assert shop.account(alice).stripe_customer_id == customer_id
    assert _state(shop, alice) == shop.in_order  # type: ignore[attr-defined]


def _forget(shop: Shop, user: User) -> None:
    """As if nothing had been heard yet, but for whose customer it is."""
    customer_id = shop.account(user).stripe_customer_id
    InboxEvent.objects.all().delete()
    PlanChange.objects.all().delete()
    BillingNotice.objects.all().delete()
    Invoice.objects.all().delete()
    Customer.objects.all().delete()
    shop.account(user).delete()
    sync.account_of(user)
    type(shop.account(user)).objects.filter(pk=user.pk).update(stripe_customer_id=customer_id)


def _at_once(*work: Callable[[], Any]) -> None:
    failures: list[BaseException] = []

    def run(each: Callable[[], Any]) -> None:
        try:
            each()
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connections.close_all()

    running = [threading.Thread(target=run, args=[each]) for each in work]
    for each in running:
        each.start()
    for each in running:
        each.join()
    assert failures == []


def test_workers_at_once_neither_block_nor_repeat(open_shop: Shop) -> None:
    shop = open_shop
    people = [open_cast_account(name) for name in ("alice", "charlie")]
    for user in people:
        _lead_a_life(shop, user)
    for event in shop.stripe.events * 2:
        shop.post(event)
    _at_once(*[inbox.work] * 8)
    assert not InboxEvent.objects.filter(status__in=["RECEIVED", "DEAD"]).exists()
    for user in people:
        account = shop.account(user)
        assert (account.status, account.plan, account.is_ending) == ("ACTIVE", "ENTERPRISE", True)
        assert shop.changes(user) == [("FREE", "ENTERPRISE", "SUBSCRIPTION")]
        assert shop.mails(user) == ["CONFIRMED", "ENDING"]


def test_staff_give_a_plan_while_events_come(open_shop: Shop) -> None:
    shop, alice = open_shop, open_cast_account("alice")
    bought = shop.subscribe(alice)
    prices = [shop.price("ENTERPRISE"), shop.price("PRO")]

    def change() -> None:
        for number in range(12):
            shop.stripe.change_price(bought, prices[number % 2])
            sync_customer(bought["customer"])

    def give() -> None:
        for _ in range(40):
            grant_plan(by=None, user=alice, plan=PlanName.PRO, reason="the test")

    _at_once(change, give)
    assert shop.account(alice).told_plan == "PRO"


def test_a_slow_read_does_not_undo_what_a_later_one_saw(
    open_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, alice = open_shop, open_cast_account("alice")
    bought = shop.subscribe(alice)
    customer_id = bought["customer"]
    has_read, may_go = threading.Event(), threading.Event()
    read_story = mirror.read_story

    def slowly(customer: str) -> mirror.Story:
        story = read_story(customer)
        if not has_read.is_set():
            has_read.set()
            assert may_go.wait(20)
        return story

    monkeypatch.setattr(mirror, "read_story", slowly)
    slow: list[Any] = []

    def read_slowly() -> None:
        slow.append(sync_customer(customer_id))
        connections.close_all()

    reading = threading.Thread(target=read_slowly)
    reading.start()
    assert has_read.wait(20)
    shop.stripe.cancel_now(bought)
    assert sync_customer(customer_id).is_applied
    may_go.set()
    reading.join()
    assert not slow[0].is_applied
    assert shop.account(alice).status == "CANCELED"


def test_of_fifty_deliveries_few_read_stripe(open_shop: Shop) -> None:
    shop, alice = open_shop, open_cast_account("alice")
    shop.subscribe(alice)
    (event,) = shop.stripe.events_of("customer.subscription.created")
    for number in range(50):
        shop.post({**event, "id": f"evt_twin_{number}"})
    before = len(shop.stripe.requests)
    inbox.work()
    assert InboxEvent.objects.filter(status="DONE").count() == 50
    # The first one reads: customer, subscriptions, invoices, and what they refer to.
    assert len(shop.stripe.requests) - before < 15
    assert connection.in_atomic_block is False
