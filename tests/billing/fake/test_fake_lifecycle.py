"""A subscription of the fake goes through its states, and the events tell of each."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from tests.billing.fake.shop import Shop
from tests.fakes.stripe import FakeStripe

UPDATED = "customer.subscription.updated"
DELETED = "customer.subscription.deleted"
PAID = ["payment_intent.succeeded", "charge.succeeded", "invoice_payment.paid"]
SETTLED = ["invoice.paid", "invoice.payment_succeeded"]
ISSUED = ["invoice.created", "invoice.finalized", "payment_intent.created"]


def days_of(client: StripeClient, id_: str) -> tuple[str, str]:
    """The running period."""
    item = client.v1.subscriptions.retrieve(id_).to_dict()["items"]["data"][0]
    start, end = (item[f"current_period_{side}"] for side in ("start", "end"))
    return tuple(f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}" for at in (start, end))  # type: ignore[return-value]


def test_a_session_is_paid_once(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    session = shop.session(subscription_data={"metadata": {"user": "7"}}, metadata={"a": "b"})
    assert session.url == f"{fake.url}/pay/{session.id}"
    count = len(fake.events)
    subscription = fake.pay(session.id)
    started = ["payment_method.attached", "customer.updated", "customer.subscription.created"]
    ends = [UPDATED, *SETTLED, "checkout.session.completed"]
    assert shop.types_since(count) == [*started, *ISSUED, *PAID, *ends]
    assert fake.pay(session.id)["id"] == subscription["id"]
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]}).to_dict()
    assert (paid["status"], paid["payment_status"], paid["url"]) == ("complete", "paid", None)
    assert paid["line_items"]["data"][0]["price"]["id"] == shop.monthly.id
    found = client.v1.subscriptions.retrieve(paid["subscription"])
    assert (found.status, found.metadata["user"]) == ("active", "7")
    listed = client.v1.checkout.sessions.list({"customer": shop.bob.id, "status": "complete"})
    assert [row.id for row in listed.data] == [session.id]


def test_a_snapshot_is_of_its_moment(fake: FakeStripe, shop: Shop) -> None:
    shop.subscribe()
    [created] = fake.events_of("customer.subscription.created")
    [updated] = fake.events_of(UPDATED)
    assert created["data"]["object"]["status"] == "incomplete"
    assert updated["data"]["object"]["status"] == "active"
    assert updated["data"]["previous_attributes"] == {"status": "incomplete"}
    statuses = [event["data"]["object"]["status"] for event in fake.events if _is_invoice(event)]
    assert statuses == ["draft", "open", "paid", "paid"]


def _is_invoice(event: dict[str, Any]) -> bool:
    return bool(event["data"]["object"]["object"] == "invoice")


def test_a_trial_then_a_renewal(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    session = shop.session(subscription_data={"trial_period_days": 14})
    id_ = fake.pay(session.id)["id"]
    assert days_of(client, id_) == ("2026-01-31", "2026-02-14")
    assert client.v1.subscriptions.retrieve(id_).status == "trialing"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "no_payment_required"
    assert fake.trial_will_end(id_)["type"] == "customer.subscription.trial_will_end"
    assert fake.renew(id_)["status"] == "active"
    assert days_of(client, id_) == ("2026-02-14", "2026-03-14")


def test_months_end_where_they_can(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    id_ = shop.subscribe()
    assert days_of(client, id_) == ("2026-01-31", "2026-02-28")
    fake.renew(id_)
    assert days_of(client, id_) == ("2026-02-28", "2026-03-31")


def test_a_failed_renewal_and_its_end(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    id_, count = shop.subscribe(), len(fake.events)
    invoice = fake.fail_renewal(id_)
    failed = ["charge.failed", "payment_intent.payment_failed", "customer.updated"]
    assert shop.types_since(count) == [
        *(UPDATED, *ISSUED, *failed),
        *("invoice.payment_failed", UPDATED),
    ]
    shown = client.v1.invoices.retrieve(invoice["id"])
    assert (shown.status, shown.attempted, shown.attempt_count) == ("open", True, 1)
    assert fake.fail_renewal(id_)["attempt_count"] == 2
    assert client.v1.subscriptions.retrieve(id_).status == "past_due"
    assert fake.pay_open_invoice(id_)["status"] == "paid"
    assert client.v1.subscriptions.retrieve(id_).status == "active"
    fake.fail_renewal(id_)
    assert fake.give_up(id_, "unpaid")["status"] == "unpaid"
    assert fake.give_up(id_)["cancellation_details"]["reason"] == "payment_failed"
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        client.v1.subscriptions.cancel(id_)


def test_an_incomplete_one(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    id_ = shop.subscribe(status="incomplete")
    invoice = fake.require_action(id_)
    assert len(fake.events_of("invoice.payment_action_required")) == 1
    assert client.v1.subscriptions.retrieve(id_).status == "incomplete"
    fake.expire_incomplete(id_)
    assert client.v1.subscriptions.retrieve(id_).status == "incomplete_expired"
    assert client.v1.invoices.retrieve(invoice["id"]).status == "void"
    other = shop.subscribe(status="incomplete")
    fake.require_action(other)
    fake.pay_open_invoice(other)
    assert client.v1.subscriptions.retrieve(other).status == "active"


def test_a_pause(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    id_ = shop.subscribe()
    assert fake.pause(id_)["status"] == "paused"
    fake.advance(86_400)
    assert client.v1.subscriptions.resume(id_).status == "active"
    assert days_of(client, id_) == ("2026-02-01", "2026-03-01")
    told = ("customer.subscription.paused", "customer.subscription.resumed")
    assert [event["type"] for event in fake.events_of(*told)] == list(told)


def test_the_end_of_the_period(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    id_ = shop.subscribe()
    ending = client.v1.subscriptions.update(id_, {"cancel_at_period_end": True}).to_dict()
    assert ending["cancel_at"] == ending["items"]["data"][0]["current_period_end"]
    kept = client.v1.subscriptions.update(id_, {"cancel_at_period_end": False})
    assert (kept.cancel_at, kept.cancel_at_period_end) == (None, False)
    fake.cancel_at_period_end(id_)
    assert fake.renew(id_)["status"] == "canceled"
    assert fake.events[-1]["type"] == DELETED
    assert client.v1.subscriptions.list({"customer": shop.bob.id}).data == []
    assert len(client.v1.subscriptions.list({"status": "all"}).data) == 1


def test_another_price(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    id_ = shop.subscribe()
    item = fake.get(id_)["items"]["data"][0]["id"]
    fake.advance(14 * 86_400)
    changed = client.v1.subscriptions.update(
        id_,
        {"items": [{"id": item, "price": shop.yearly.id}], "proration_behavior": "always_invoice"},
    ).to_dict()
    assert changed["items"]["data"][0]["price"]["id"] == shop.yearly.id
    assert days_of(client, id_) == ("2026-02-14", "2027-02-14")
    latest = client.v1.invoices.retrieve(changed["latest_invoice"])
    assert (latest.status, latest.amount_paid) == ("paid", 29_000 - 1450)
    assert [line.amount for line in latest.lines.data] == [-1450, 29_000]
    with pytest.raises(stripe.InvalidRequestError, match="No such price"):
        client.v1.subscriptions.update(id_, {"items": [{"id": item, "price": "price_none"}]})


def test_a_refund_and_a_dispute(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    id_ = shop.subscribe()
    charge = fake.charge_of(id_)
    fake.refund(charge, 900)
    made = client.v1.refunds.create({"charge": charge["id"]})
    assert (made.amount, client.v1.charges.retrieve(charge["id"]).refunded) == (2000, True)
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded"):
        client.v1.refunds.create({"charge": charge["id"]})
    expanded = client.v1.charges.retrieve(charge["id"], {"expand": ["refunds"]}).to_dict()
    assert len(expanded["refunds"]["data"]) == 2
    dispute = fake.dispute(charge)
    assert client.v1.disputes.retrieve(dispute["id"]).status == "needs_response"
    assert fake.close_dispute(dispute, is_won=False)["status"] == "lost"
    found = client.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": charge["payment_intent"]}}
    )
    assert found.data[0].invoice == fake.get(id_)["latest_invoice"]


def test_sessions_expire(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    first, second = shop.session(), shop.session()
    assert client.v1.checkout.sessions.expire(first.id).status == "expired"
    fake.advance(86_400)
    assert client.v1.checkout.sessions.retrieve(second.id).status == "expired"
    assert len(fake.events_of("checkout.session.expired")) == 2
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        client.v1.checkout.sessions.expire(first.id)
