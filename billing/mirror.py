"""The mirror: dj-stripe's rows, written from what was read of Stripe, whole objects at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import stripe
from django.db.models import Min
from djstripe import models as mirrored
from djstripe.models.base import StripeModel

from billing.models import InboxEvent
from billing.stripe_api import StripeAway, asked, plain, secret_key

# What a page of Stripe's lists holds at most.
PAGE = 100
INVOICES = 24
PAYMENT_FAILED = "invoice.payment_failed"
# In a customer's metadata: whose they are.
USER_KEY = "huntaze_user"


@dataclass(slots=True)
class Story:
    """All of a customer, as Stripe told it in one read."""

    customer: Any
    subscriptions: list[Any] = field(default_factory=list)
    invoices: list[Any] = field(default_factory=list)

    @property
    def is_deleted(self) -> bool:
        """Whether nothing is left of the customer but the id."""
        return bool(plain(self.customer).get("deleted"))


def keep_keys_out() -> None:
    """Called once, when the app is ready.

    dj-stripe notes whose account each object is of, by a row that holds the secret key in clear. We
    have one account, and its key stands in the environment alone.
    """
    StripeModel._find_owner_account = classmethod(_nobody)  # noqa: SLF001


def _nobody(*_arguments: Any, **_named: Any) -> None:
    return None


def read_story(customer_id: str) -> Story:
    """Read a customer, their subscriptions and latest invoices.

    Raises StripeAway, also where Stripe never had the customer.
    """
    story = Story(_retrieved(stripe.Customer, customer_id))
    if story.customer is None:
        # A deleted one is told of as such. This is another account's key, and ends nobody's plan.
        raise StripeAway("it knows no such customer")
    if story.is_deleted:
        return story
    subscriptions = asked(
        lambda: stripe.Subscription.list(
            customer=customer_id, status="all", limit=PAGE, api_key=secret_key()
        )
    )
    story.subscriptions = asked(lambda: list(subscriptions.auto_paging_iter()))
    invoices = asked(
        lambda: stripe.Invoice.list(customer=customer_id, limit=INVOICES, api_key=secret_key())
    )
    story.invoices = list(invoices.data)
    for invoice_id in _still_open(customer_id) - {each.id for each in story.invoices}:
        if (found := read_object(stripe.Invoice, invoice_id)) is not None:
            story.invoices.append(found)
    return story


def _still_open(customer_id: str) -> set[str]:
    """The invoices that are open in the mirror, however old: they may be paid by now."""
    rows = mirrored.Invoice.objects.filter(customer__id=customer_id, stripe_data__status="open")
    return set(rows.order_by("-created", "id").values_list("id", flat=True)[:INVOICES])


def read_customer(customer_id: str) -> Any:
    """The customer alone; None where Stripe has none. Raises StripeAway."""
    return _retrieved(stripe.Customer, customer_id)


def read_object(kind: Any, object_id: str) -> Any:
    """One object by its id; None where Stripe has none. Raises StripeAway."""
    return _retrieved(kind, object_id)


def _retrieved(kind: Any, object_id: str) -> Any:
    try:
        return asked(lambda: kind.retrieve(object_id, api_key=secret_key()))
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:  # noqa: PLR2004
            return None
        raise


def write_story(story: Story) -> None:
    """Into dj-stripe's tables, always in the same order, so that parallel writes do not deadlock.

    Runs under `written_whole`.
    """
    if story.is_deleted:
        _forget(story)
        return
    write(mirrored.Customer, [story.customer])
    write(mirrored.Subscription, story.subscriptions)
    write(mirrored.Invoice, story.invoices)


def write(model: Any, objects: Iterable[Any]) -> None:
    """Objects of one kind, by their ids."""
    for each in sorted(objects, key=lambda one: str(one.id)):
        model.sync_from_stripe_data(each, api_key=secret_key())


def _forget(story: Story) -> None:
    """A deleted customer: Stripe tells no more of it. Its history stays as it was."""
    rows = mirrored.Customer.objects.filter(id=story.customer.id)
    for row in rows.select_for_update():
        row.stripe_data = {**row.stripe_data, "deleted": True}
        row.save(update_fields=["stripe_data"])
    for subscription in mirrored.Subscription.objects.filter(customer__in=rows):
        subscription.stripe_data = {**subscription.stripe_data, "status": "canceled"}
        subscription.save(update_fields=["stripe_data"])


def subscriptions_of(customer_id: str) -> list[dict[str, Any]]:
    """Stripe's JSON of each, as the mirror has it."""
    rows = mirrored.Subscription.objects.filter(customer__id=customer_id)
    return list(rows.values_list("stripe_data", flat=True))


def invoices_of(customer_id: str, *, most: int | None = None) -> list[dict[str, Any]]:
    """The same, the newest first; so many of them, or all."""
    rows = mirrored.Invoice.objects.filter(customer__id=customer_id).order_by("-created", "-id")
    return list(rows.values_list("stripe_data", flat=True)[:most])


def first_failures(invoice_ids: Iterable[str]) -> dict[str, datetime]:
    """When each invoice first failed to be paid, as Stripe's events date it."""
    told = InboxEvent.objects.filter(type=PAYMENT_FAILED, subject_id__in=list(invoice_ids))
    return dict(told.values_list("subject_id").annotate(first=Min("occurred_at")).order_by())
