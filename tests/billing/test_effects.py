"""Each type of event by itself, as if every other one had been lost."""

from typing import Any

import pytest
from djstripe.models import Charge, Dispute, Invoice, Price, Product

from accounts.models import User
from billing.checkout import begin_checkout
from billing.entitlements import entitlements
from billing.models import BillingAlert, CheckoutAttempt, InboxEvent
from billing.plans import PlanName
from billing.setup import EVENTS
from tests.billing.shop import Shop

# What reads the customer's story again.
ABOUT_CUSTOMERS = [
    "customer.created",
    "customer.updated",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.voided",
    "v1.invoice.paid",
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
]
OTHERS = {
    "customer.deleted",
    "checkout.session.expired",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "product.updated",
    "price.updated",
}


def hear(shop: Shop, type_: str, facts: dict[str, Any]) -> InboxEvent:
    """That event alone; what became of it."""
    object_ = type_.removeprefix("v1.").rsplit(".", 1)[0].rpartition(".")[2]
    event = {
        "id": "evt_alone",
        "object": "event",
        "type": type_,
        "livemode": False,
        "created": 1_700_000_000,
        "data": {"object": {"object": object_, **facts}},
    }
    assert shop.hear(event) == 1
    return InboxEvent.objects.get()


def test_every_event_that_is_asked_for_has_its_test() -> None:
    assert set(EVENTS) <= {*ABOUT_CUSTOMERS, *OTHERS}


@pytest.mark.parametrize("type_", ABOUT_CUSTOMERS)
def test_one_event_tells_all(shop: Shop, alice: User, type_: str) -> None:
    customer = shop.subscribe(alice)["customer"]
    facts = {"id": customer} if type_.count(".") == 1 and type_[0] == "c" else {"id": "x_1"}
    row = hear(shop, type_, {"customer": customer, **facts})
    assert (row.status, row.outcome) == ("DONE", "PRO, ACTIVE")
    assert entitlements(alice).plan.name == "PRO"
    assert Invoice.objects.count() == 1
    assert shop.mails(alice) == ["CONFIRMED"]


def test_a_deleted_customer_pays_for_nothing(shop: Shop, alice: User) -> None:
    customer = shop.subscribe(alice)["customer"]
    shop.hear()
    InboxEvent.objects.all().delete()
    shop.stripe.delete_customer(customer)
    assert hear(shop, "customer.deleted", {"id": customer}).status == "DONE"
    assert entitlements(alice).plan.name == "FREE"
    assert shop.changes(alice)[-1] == ("PRO", "FREE", "CANCELED")


def test_an_expired_page_is_closed(shop: Shop, alice: User) -> None:
    page = begin_checkout(user=alice, plan=PlanName.PRO, interval="month")
    shop.stripe.advance(3 * 3_600)
    facts = {"id": page.session_id, "customer": shop.account(alice).stripe_customer_id}
    assert hear(shop, "checkout.session.expired", facts).status == "DONE"
    assert CheckoutAttempt.objects.get().closed_at is not None


def test_a_refund_is_mirrored_and_ends_nothing(shop: Shop, alice: User) -> None:
    bought = shop.subscribe(alice)
    shop.hear()
    InboxEvent.objects.all().delete()
    charge = shop.stripe.refund(shop.stripe.charge_of(bought), 500)
    id_ = charge["id"] if charge["object"] == "charge" else charge["charge"]
    row = hear(shop, "charge.refunded", {"id": id_, "customer": bought["customer"]})
    assert row.status == "DONE"
    assert Charge.objects.get(id=id_).stripe_data["amount_refunded"] == 500
    assert entitlements(alice).plan.name == "PRO"


@pytest.mark.parametrize("moment", ["created", "updated", "closed"])
def test_a_dispute_is_mirrored_and_told(shop: Shop, alice: User, moment: str) -> None:
    bought = shop.subscribe(alice)
    shop.hear()
    InboxEvent.objects.all().delete()
    dispute = shop.stripe.dispute(shop.stripe.charge_of(bought))
    row = hear(shop, f"charge.dispute.{moment}", {"id": dispute["id"], "charge": dispute["charge"]})
    assert row.status == "DONE"
    assert Dispute.objects.get().id == dispute["id"]
    alert = BillingAlert.objects.get()
    assert (alert.kind, alert.about) == ("DISPUTE", dispute["id"])
    assert alert.account == shop.account(alice)
    assert entitlements(alice).plan.name == "PRO"


def test_the_catalogue_is_mirrored(shop: Shop) -> None:
    price = shop.stripe.get(shop.price())
    assert hear(shop, "price.updated", {"id": price["id"]}).status == "DONE"
    assert Price.objects.get(id=price["id"]).product.id == price["product"]
    InboxEvent.objects.all().delete()
    assert hear(shop, "product.updated", {"id": price["product"]}).status == "DONE"
    assert Product.objects.get(id=price["product"]).name == "Huntaze PRO"
