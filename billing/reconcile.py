"""Compares all that Stripe has with our rows, and repairs what differs.

Events may be lost: Stripe may have been down for days, or we. Everybody who has, or had, a customer
at Stripe is read again; whoever else has a subscription there is found by the list of them.
"""

import logging

import stripe
from django.db.models import F
from django.utils import timezone

from billing.models import BillingAccount, Drift, Reconciliation
from billing.stripe_api import StripeAway, asked, secret_key
from billing.sync import NobodysCustomer, Synced, sync_customer

logger = logging.getLogger("huntaze.billing")
PAGE = 100
# So many in a row that Stripe did not answer for: it is away.
MOST_AWAY = 3


def reconcile() -> Reconciliation:
    """One run over everybody; what it found is in the admin. Raises NotConfigured without a key.

    It stops where Stripe does not answer, and says so; the next run begins with whom this one left.
    """
    run: Reconciliation = Reconciliation.objects.create()
    unread = away = 0
    try:
        for customer_id in _customers():
            try:
                unread += not _check(run, customer_id)
                away = 0
            except StripeAway:
                unread, away = unread + 1, away + 1
                if away == MOST_AWAY:
                    raise
        run.failure = f"{unread} could not be read; the log says why" if unread else ""
    except StripeAway as error:
        run.failure = f"Stripe did not answer: {error}"[:300]
        logger.warning("The reconciliation was broken off: %s", error)
    run.ended_at = timezone.now()
    run.save()
    return run


def _check(run: Reconciliation, customer_id: str) -> bool:
    """False for one that cannot be read, which must not hold up the others."""
    try:
        synced = sync_customer(customer_id)
    except NobodysCustomer:
        return True
    except StripeAway:
        raise
    except Exception:
        logger.exception("Customer %s could not be read", customer_id)
        return False
    run.checked += 1
    if synced.is_applied and synced.differences:
        run.drifted += 1
        _note(run, synced)
    return True


def _note(run: Reconciliation, synced: Synced) -> None:
    Drift.objects.create(run=run, account=synced.account, differences=synced.differences)
    logger.warning("%s differed from Stripe: %s", synced.account.pk, sorted(synced.differences))


def _customers() -> list[str]:
    """Whom nobody has read for longest comes first."""
    ours = BillingAccount.objects.exclude(stripe_customer_id=None)
    oldest = ours.order_by(F("read_at").asc(nulls_first=True), "pk")
    known = [str(each) for each in oldest.values_list("stripe_customer_id", flat=True)]
    return [*sorted(_with_subscriptions() - set(known)), *known]


def _with_subscriptions() -> set[str]:
    """Everybody whom Stripe has a subscription of that is not over."""
    found = asked(lambda: stripe.Subscription.list(limit=PAGE, api_key=secret_key()))
    return asked(
        lambda: {
            str(getattr(each.customer, "id", each.customer)) for each in found.auto_paging_iter()
        }
    )
