"""What follows from each type of event. Each re-reads its object: a payload may be old or forged.

- `customer.subscription.*`, `invoice.*`, `checkout.session.completed`, `customer.updated`: the
  customer's story is read again, and our rows say the same: plan, period, grace, mails.
- `customer.deleted`: the same. What was paid for has ended; who buys again is a new customer.
- `checkout.session.expired`: the purchase that was begun is closed.
- `charge.refunded`: the charge is mirrored, for staff to see. A refund ends no plan; Stripe does.
- `charge.dispute.*`: the dispute is mirrored, and staff are told.
- `product.*`, `price.*`: mirrored.
- Any other: nothing.
"""

from collections.abc import Callable
from typing import Any

import stripe
from django.utils import timezone
from djstripe import models as mirrored

from billing import mirror
from billing.alerts import alert
from billing.models import BillingAccount, BillingAlert, CheckoutAttempt, InboxEvent
from billing.stripe_api import written_whole
from billing.sync import NobodysCustomer, sync_customer

# Ends the event, in the transaction of its effect.
type Done = Callable[[BillingAccount | None], None]
type Effect = Callable[[InboxEvent, Done], None]


def effect_of(event_type: str) -> Effect | None:
    """None for a type from which nothing follows."""
    found = EXACT.get(event_type)
    if found is None:
        found = next((each for prefix, each in FAMILIES if event_type.startswith(prefix)), None)
    return found


def _sync(event: InboxEvent, done: Done) -> None:
    customer_id = event.customer_id or _customer_of(event)
    if not customer_id:
        raise NobodysCustomer(event.subject_id)
    sync_customer(customer_id, since=event.received_at, then=done)


def _customer_of(event: InboxEvent) -> str:
    """Of an event that does not say: thin ones, and objects that came without."""
    family = event.type.removeprefix("v1.").partition(".")[0]
    kind = {"invoice": stripe.Invoice, "checkout": stripe.checkout.Session}.get(family)
    if event.subject_id.startswith("sub_"):
        kind = stripe.Subscription
    found: Any = mirror.read_object(kind, event.subject_id) if kind and event.subject_id else None
    customer = getattr(found, "customer", None)
    return str(getattr(customer, "id", customer) or "")


def _checkout_done(event: InboxEvent, done: Done) -> None:
    def then(account: BillingAccount | None) -> None:
        close_checkout(event.subject_id)
        done(account)

    customer_id = event.customer_id or _customer_of(event)
    if not customer_id:
        raise NobodysCustomer(event.subject_id)
    sync_customer(customer_id, since=event.received_at, then=then)


def _checkout_expired(event: InboxEvent, done: Done) -> None:
    def write() -> None:
        close_checkout(event.subject_id)
        done(None)

    written_whole(write)


def close_checkout(session_id: str) -> None:
    """A purchase that was begun is over, one way or the other."""
    rows = CheckoutAttempt.objects.filter(session_id=session_id, closed_at=None)
    if session_id:
        rows.update(closed_at=timezone.now())


def _mirrored(kind: Any, model: Any) -> Effect:
    def effect(event: InboxEvent, done: Done) -> None:
        found = mirror.read_object(kind, event.subject_id)

        def write() -> None:
            if found is not None and not getattr(found, "deleted", False):
                mirror.write(model, [found])
            done(_account_of(event))

        written_whole(write)

    return effect


def _disputed(event: InboxEvent, done: Done) -> None:
    found = mirror.read_object(stripe.Dispute, event.subject_id)
    charge_id = getattr(found, "charge", None)
    charge = mirror.read_object(stripe.Charge, str(charge_id)) if charge_id else None
    customer_id = str(getattr(charge, "customer", None) or event.customer_id)

    def write() -> None:
        account = BillingAccount.objects.filter(stripe_customer_id=customer_id or None).first()
        if found is not None:
            mirror.write(mirrored.Dispute, [found])
            detail = f"{found.status}: {found.reason}"
            kind = BillingAlert.Kind.DISPUTE
            alert(kind, about=event.subject_id, account=account, detail=detail)
        done(account)

    written_whole(write)


def _account_of(event: InboxEvent) -> BillingAccount | None:
    if not event.customer_id:
        return None
    found: BillingAccount | None = BillingAccount.objects.filter(
        stripe_customer_id=event.customer_id
    ).first()
    return found


EXACT: dict[str, Effect] = {
    "checkout.session.completed": _checkout_done,
    "checkout.session.async_payment_succeeded": _checkout_done,
    "checkout.session.expired": _checkout_expired,
    "charge.refunded": _mirrored(stripe.Charge, mirrored.Charge),
    "customer.created": _sync,
    "customer.updated": _sync,
    "customer.deleted": _sync,
}
FAMILIES: tuple[tuple[str, Effect], ...] = (
    ("customer.subscription.", _sync),
    ("v1.customer.subscription.", _sync),
    ("invoice.", _sync),
    ("v1.invoice.", _sync),
    ("charge.dispute.", _disputed),
    ("product.", _mirrored(stripe.Product, mirrored.Product)),
    ("price.", _mirrored(stripe.Price, mirrored.Price)),
)
