"""Which mails somebody is owed, by what the mirror says; each is written down once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from billing.jobs import SEND_NOTICE, have_done
from billing.models import BillingAccount, BillingNotice, SubscriptionStatus
from billing.models.account import GRANTING
from billing.standing import Standing, subscription_of

Kind = BillingNotice.Kind
# As Stripe's own event for it: three days before.
TRIAL_NOTICE = timedelta(days=3)

type Owed = tuple[BillingNotice.Kind, str, dict[str, Any]]


def owe_notices(
    account: BillingAccount, standing: Standing | None, unpaid: Iterable[Mapping[str, Any]]
) -> None:
    """Write down what is owed now and was not before; a job mails it after the commit.

    Twins write the same rows: the constraint lets one of them pass.
    """
    if standing is None or account.user.deleted_at is not None:
        return
    for kind, about, facts in _owed(account, standing, unpaid):
        row = BillingNotice(user=account.user, kind=kind, about=about, facts=facts)
        # Whoever holds the account's lock is alone.
        known = BillingNotice.objects.filter(user=account.user, kind=kind, about=about)
        if not known.exists():
            row.save()
            # In the same transaction: what is owed has its job, or neither is there.
            have_done(SEND_NOTICE, notice_id=str(row.pk))


def _owed(
    account: BillingAccount, standing: Standing, unpaid: Iterable[Mapping[str, Any]]
) -> Iterator[Owed]:
    subscription, now = standing.subscription_id, timezone.now()
    facts: dict[str, Any] = {"plan": account.plan, "interval": account.interval}
    ends = _plain(standing.period_end)
    if standing.status in GRANTING and standing.plan is not None:
        yield Kind.CONFIRMED, subscription, {**facts, "trialEndsAt": _plain(standing.trial_ends_at)}
        if standing.is_ending:
            yield Kind.ENDING, f"{subscription}:{ends}", {**facts, "endsAt": ends}
    trial_ends_at = standing.trial_ends_at
    if (
        standing.status == SubscriptionStatus.TRIALING
        and trial_ends_at is not None
        and trial_ends_at - now <= TRIAL_NOTICE
        and not standing.is_ending
    ):
        about = f"{subscription}:{_plain(trial_ends_at)}"
        yield Kind.TRIAL_ENDING, about, {**facts, "endsAt": _plain(trial_ends_at)}
    if standing.status == SubscriptionStatus.PAST_DUE and standing.failed_invoice:
        until = {"endsAt": _plain(standing.grace_ends_at)}
        yield Kind.PAYMENT_FAILED, standing.failed_invoice, {**facts, **until}
    if standing.status == SubscriptionStatus.CANCELED and _was_confirmed(account, subscription):
        yield Kind.CANCELED, subscription, facts
    yield from _to_confirm(standing, unpaid, facts)


def _to_confirm(
    standing: Standing, unpaid: Iterable[Mapping[str, Any]], facts: dict[str, Any]
) -> Iterator[Owed]:
    """Payments that wait for their owner: the bank wants to see them."""
    for invoice in unpaid:
        page = invoice.get("hosted_invoice_url")
        is_theirs = subscription_of(invoice) == standing.subscription_id
        if is_theirs and page and standing.status == SubscriptionStatus.INCOMPLETE:
            yield Kind.ACTION_REQUIRED, str(invoice["id"]), {**facts, "page": page}


def _was_confirmed(account: BillingAccount, subscription_id: str) -> bool:
    confirmed = BillingNotice.objects.filter(user=account.user, kind=Kind.CONFIRMED)
    return bool(confirmed.filter(about=subscription_id).exists())


def _plain(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
