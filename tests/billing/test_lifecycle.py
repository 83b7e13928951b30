"""From the first payment to the last: what Stripe says is what holds."""

from datetime import timedelta
from typing import Any

import pytest
import stripe as sdk
from django.utils import timezone
from djstripe.models import Invoice

from accounts.models import User
from accounts.services import ClosingRefused, close_account
from billing import mirror
from billing.customers import customer_of
from billing.entitlements import entitlements
from billing.models import BillingAlert, InboxEvent
from billing.prices import PLAN_KEY
from billing.reconcile import reconcile
from billing.stripe_api import secret_key
from tests.billing.shop import Shop


def test_who_buys_has_the_plan_with_its_period(shop: Shop, alice: User) -> None:
    bought = shop.subscribe(alice)
    assert entitlements(alice).plan.name == "FREE"
    assert shop.hear() == len(shop.stripe.events)
    account = shop.account(alice)
    assert (account.status, account.plan, account.interval) == ("ACTIVE", "PRO", "month")
    assert account.subscription_id == bought["id"]
    found = entitlements(alice)
    assert (found.plan.name, found.source) == ("PRO", "subscription")
    assert (found.period_start, found.period_end) == (account.period_start, account.period_end)
    assert shop.changes(alice) == [("FREE", "PRO", "SUBSCRIPTION")]
    assert shop.mails(alice) == ["CONFIRMED"]
    told = InboxEvent.objects.exclude(type__regex="^(charge|payment_|invoice_payment)")
    assert set(told.values_list("status", flat=True)) == {"DONE"}


def test_an_upgrade_and_a_downgrade_take_effect_at_once(shop: Shop, alice: User) -> None:
    bought = shop.subscribe(alice)
    shop.hear()
    shop.stripe.change_price(bought, shop.price("ENTERPRISE"))
    shop.hear()
    assert entitlements(alice).plan.name == "ENTERPRISE"
    shop.stripe.change_price(bought, shop.price("PRO", "year"))
    shop.hear()
    assert (entitlements(alice).plan.name, shop.account(alice).interval) == ("PRO", "year")
    assert [change[1] for change in shop.changes(alice)] == ["PRO", "ENTERPRISE", "PRO"]
    assert shop.mails(alice) == ["CONFIRMED"]


def test_a_failed_payment_keeps_the_plan_for_seven_days(shop: Shop, alice: User) -> None:
    bought = shop.subscribe(alice)
    shop.hear()
    shop.stripe.fail_renewal(bought)
    (failed,) = shop.stripe.events_of("invoice.payment_failed")
    shop.hear()
    account = shop.account(alice)
    assert account.status == "PAST_DUE"
    assert account.grace_ends_at is not None
    assert account.grace_ends_at.timestamp() == failed["created"] + 7 * 24 * 3600
    assert entitlements(alice).plan.name == "PRO"
    assert shop.mails(alice) == ["CONFIRMED", "PAYMENT_FAILED"]
    # Tried again in vain: the grace began with the first failure, and one mail is enough.
    shop.stripe.advance(3 * 24 * 3600)
    shop.stripe.fail_renewal(bought)
    shop.hear()
    assert shop.account(alice).grace_ends_at == account.grace_ends_at
    assert shop.mails(alice) == ["CONFIRMED", "PAYMENT_FAILED"]
    shop.stripe.pay_open_invoice(bought)
    shop.hear()
    assert (shop.account(alice).status, shop.account(alice).grace_ends_at) == ("ACTIVE", None)
    assert shop.changes(alice) == [("FREE", "PRO", "SUBSCRIPTION")]


def test_an_old_invoice_that_is_paid_late_is_not_owed_for_ever(
    shop: Shop, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = shop.subscribe(alice)
    shop.stripe.fail_renewal(bought)
    shop.hear()
    assert Invoice.objects.filter(stripe_data__status="open").count() == 1
    shop.stripe.pay_open_invoice(bought)
    shop.stripe.renew(bought)
    # It is none of the newest ones any more.
    monkeypatch.setattr(mirror, "INVOICES", 1)
    shop.hear(*shop.stripe.events_of("customer.subscription.updated")[-1:])
    assert Invoice.objects.count() == 3
    assert not Invoice.objects.exclude(stripe_data__status="paid").exists()


@pytest.mark.parametrize(
    ("end", "status", "why"),
    [("cancel_now", "CANCELED", "CANCELED"), ("give_up", "UNPAID", "PAYMENT")],
)
def test_what_ends_gives_nothing_any_more(
    shop: Shop, alice: User, end: str, status: str, why: str
) -> None:
    bought = shop.subscribe(alice)
    shop.hear()
    if end == "give_up":
        shop.stripe.fail_renewal(bought)
        shop.stripe.give_up(bought, "unpaid")
    else:
        shop.stripe.cancel_now(bought)
    shop.hear()
    assert (shop.account(alice).status, entitlements(alice).plan.name) == (status, "FREE")
    assert shop.changes(alice)[-1] == ("PRO", "FREE", why)
    assert ("CANCELED" in shop.mails(alice)) is (status == "CANCELED")


def test_pausing_and_resuming(shop: Shop, alice: User) -> None:
    bought = shop.subscribe(alice)
    shop.hear()
    shop.stripe.pause(bought)
    shop.hear()
    assert (shop.account(alice).status, entitlements(alice).plan.name) == ("PAUSED", "FREE")
    shop.stripe.unpause(bought)
    shop.hear()
    assert entitlements(alice).plan.name == "PRO"


def test_a_trial_gives_the_plan_and_its_end_is_told(shop: Shop, alice: User) -> None:
    bought = shop.subscribe(alice, trial_days=7)
    shop.hear()
    account = shop.account(alice)
    assert (account.status, account.has_had_trial) == ("TRIALING", True)
    assert entitlements(alice).plan.name == "PRO"
    assert shop.mails(alice) == ["CONFIRMED"]
    ends_in = account.trial_ends_at - timezone.now()  # type: ignore[operator]
    assert timedelta(days=6) < ends_in <= timedelta(days=7)
    assert shop.stripe.get(bought)["status"] == "trialing"


def test_a_trial_that_ends_within_three_days_is_told_once(shop: Shop, alice: User) -> None:
    bought = shop.subscribe(alice, trial_days=3)
    shop.stripe.trial_will_end(bought)
    shop.hear()
    shop.hear()
    assert shop.mails(alice) == ["CONFIRMED", "TRIAL_ENDING"]


def test_a_payment_that_the_bank_wants_to_see(shop: Shop, alice: User) -> None:
    bought = shop.subscribe(alice, status="incomplete")
    shop.stripe.require_action(bought)
    shop.hear()
    assert (shop.account(alice).status, entitlements(alice).plan.name) == ("INCOMPLETE", "FREE")
    assert shop.mails(alice) == ["ACTION_REQUIRED"]
    shop.stripe.expire_incomplete(bought)
    shop.hear()
    assert shop.account(alice).status == "CANCELED"
    # They never had it: nothing has ended.
    assert shop.mails(alice) == ["ACTION_REQUIRED"]


def test_a_price_of_somebody_elses_keeps_what_they_had(shop: Shop, alice: User) -> None:
    bought = shop.subscribe(alice)
    shop.hear()
    shirt = shop.stripe.make_price(shop.stripe.make_product("A shirt")["id"], 1_000)
    shop.stripe.change_price(bought, shirt)
    shop.hear()
    assert entitlements(alice).plan.name == "PRO"
    alert = BillingAlert.objects.get()
    assert (alert.kind, alert.detail, alert.resolved_at) == ("UNKNOWN_PRICE", shirt["id"], None)
    shop.hear()
    assert BillingAlert.objects.count() == 1
    shop.stripe.change_price(bought, shop.price())
    shop.hear()
    alert.refresh_from_db()
    assert alert.resolved_at is not None


def test_a_price_that_was_sold_before_is_known_by_its_mark(shop: Shop, alice: User) -> None:
    product = shop.stripe.get(shop.price("ENTERPRISE"))["product"]
    old = sdk.Price.create(
        product=product,
        currency="usd",
        unit_amount=7_900,
        recurring={"interval": "month"},
        metadata={PLAN_KEY: "ENTERPRISE"},
        api_key=secret_key(),
    )
    shop.stripe.subscribe(customer_of(alice), old.id)
    shop.hear()
    assert entitlements(alice).plan.name == "ENTERPRISE"
    assert not BillingAlert.objects.exists()


def test_who_buys_what_nobody_knows_has_what_they_had(
    shop: Shop, alice: User, settings: Any
) -> None:
    shop.subscribe(alice)
    settings.STRIPE_PRICE_IDS = {("PRO", "month"): "price_of_tomorrow"}
    shop.hear()
    assert shop.account(alice).status == "ACTIVE"
    assert BillingAlert.objects.get().kind == "UNKNOWN_PRICE"
    assert entitlements(alice).plan.name == "FREE"
    assert shop.mails(alice) == []


@pytest.mark.parametrize("is_over", [True, False])
def test_what_is_none_of_ours_gives_nothing_back(shop: Shop, alice: User, is_over: bool) -> None:
    bought = shop.subscribe(alice)
    shop.hear()
    shirt = shop.stripe.make_price(shop.stripe.make_product("A shirt")["id"], 1_000)
    if is_over:
        shop.stripe.cancel_now(bought)
        shop.hear()
    shop.stripe.subscribe(bought["customer"], shirt)
    shop.hear()
    # What is paid for a plan counts before it, and nothing that has ended comes back with it.
    assert entitlements(alice).plan.name == ("FREE" if is_over else "PRO")
    if not is_over:
        shop.stripe.cancel_now(bought)
        shop.hear()
        assert entitlements(alice).plan.name == "FREE"
    assert BillingAlert.objects.filter(kind="UNKNOWN_PRICE").exists()


def test_a_key_of_another_account_ends_nobodys_plan(
    shop: Shop, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.subscribe(alice)
    shop.hear()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(mirror, "_retrieved", lambda *_facts: None)
        run = reconcile()
        assert (run.checked, run.failure) == (0, "1 could not be read; the log says why")
        with pytest.raises(ClosingRefused):
            close_account(by=alice, user=alice)
    assert shop.account(alice).stripe_customer_id
    assert entitlements(alice).plan.name == "PRO"


def test_a_customer_who_is_deleted_pays_no_more_and_may_buy_again(shop: Shop, alice: User) -> None:
    shop.subscribe(alice)
    shop.hear()
    first = shop.account(alice).stripe_customer_id
    shop.stripe.delete_customer(str(first))
    shop.hear()
    assert entitlements(alice).plan.name == "FREE"
    assert shop.account(alice).stripe_customer_id is None
    shop.subscribe(alice, "ENTERPRISE")
    shop.hear()
    assert entitlements(alice).plan.name == "ENTERPRISE"
    assert shop.account(alice).stripe_customer_id != first


def test_a_refund_is_seen_and_a_dispute_is_told(shop: Shop, alice: User) -> None:
    shop.subscribe(alice)
    charge = next(
        event["data"]["object"]["id"]
        for event in shop.stripe.events
        if event["type"].startswith("charge.")
    )
    shop.hear()
    shop.stripe.refund(charge)
    shop.stripe.dispute(charge)
    shop.hear()
    assert not InboxEvent.objects.exclude(status__in=["DONE", "IGNORED"]).exists()
    assert entitlements(alice).plan.name == "PRO"
    assert BillingAlert.objects.get().kind == "DISPUTE"


def test_a_customer_of_somebody_elses_is_ignored(shop: Shop, alice: User) -> None:
    stranger = shop.stripe.make_customer("stranger@example.com")
    shop.stripe.subscribe(stranger, shop.price())
    shop.hear()
    assert set(InboxEvent.objects.values_list("status", flat=True)) == {"IGNORED"}
    assert entitlements(alice).plan.name == "FREE"
