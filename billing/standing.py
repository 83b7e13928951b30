"""What somebody's subscriptions say, as the mirror holds them. Pure: Stripe's JSON in, facts out.

Old and new shapes are read: the period stood on the subscription until 2025-03-31, and stands on
its items since (https://docs.stripe.com/changelog/basil).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from billing.models import Interval, SubscriptionStatus
from billing.plans import PlanName

type Json = Mapping[str, Any]
type PlanOf = Callable[[Json], PlanName | None]

GRACE = timedelta(days=7)
STATUSES = {
    "active": SubscriptionStatus.ACTIVE,
    "trialing": SubscriptionStatus.TRIALING,
    "past_due": SubscriptionStatus.PAST_DUE,
    "unpaid": SubscriptionStatus.UNPAID,
    "canceled": SubscriptionStatus.CANCELED,
    "incomplete": SubscriptionStatus.INCOMPLETE,
    "incomplete_expired": SubscriptionStatus.CANCELED,
    "paused": SubscriptionStatus.PAUSED,
}
# Which of several counts: what gives a plan before what does not.
RANK = (
    SubscriptionStatus.ACTIVE,
    SubscriptionStatus.TRIALING,
    SubscriptionStatus.PAST_DUE,
    SubscriptionStatus.UNPAID,
    SubscriptionStatus.PAUSED,
    SubscriptionStatus.INCOMPLETE,
    SubscriptionStatus.CANCELED,
)
LIVE = frozenset(RANK[:5])
PLAN_RANK = (PlanName.ENTERPRISE, PlanName.PRO, PlanName.FREE)


@dataclass(frozen=True, slots=True)
class Standing:
    """The subscription that counts. `status` is None for one that we have no word for.

    `plan` is None where its price is none of ours; `others` are further ones that are paid.
    """

    subscription_id: str
    status: SubscriptionStatus | None
    plan: PlanName | None
    price_id: str
    interval: str
    period_start: datetime | None
    period_end: datetime | None
    anchor_day: int | None
    is_ending: bool
    trial_ends_at: datetime | None
    grace_ends_at: datetime | None
    failed_invoice: str
    raw_status: str
    others: tuple[str, ...] = ()


def standing_of(
    subscriptions: Iterable[Json],
    *,
    plan_of: PlanOf,
    open_invoices: Iterable[Json] = (),
    failed_at: Mapping[str, datetime] | None = None,
) -> Standing | None:
    """The standing by the subscription that counts; None for none.

    `open_invoices` are those that are not paid; `failed_at` says when each first failed, by its id.
    """
    found = sorted(subscriptions, key=lambda each: _order(each, plan_of))
    if not found:
        return None
    first = found[0]
    price = price_of(first, plan_of)
    status = STATUSES.get(str(first.get("status")))
    start, end = period_of(first)
    failed = _first_failure(first, open_invoices, failed_at or {})
    is_late = status == SubscriptionStatus.PAST_DUE
    others = tuple(
        str(each["id"]) for each in found[1:] if STATUSES.get(str(each.get("status"))) in LIVE
    )
    anchor = _time(first.get("billing_cycle_anchor")) or start
    return Standing(
        subscription_id=str(first["id"]),
        status=status,
        plan=plan_of(price) if price else None,
        price_id=str(price.get("id", "")),
        interval=_interval(price),
        period_start=start,
        period_end=end,
        anchor_day=anchor.day if anchor else None,
        is_ending=_is_ending(first),
        trial_ends_at=_time(first.get("trial_end")),
        grace_ends_at=_grace(first, failed, start) if is_late else None,
        failed_invoice=failed[0] if failed and is_late else "",
        raw_status=str(first.get("status")),
        others=others if status in LIVE else (),
    )


def price_of(subscription: Json, plan_of: PlanOf) -> Json:
    """The price that pays for a plan, whatever else is sold with it; the first one for none."""
    items = (subscription.get("items") or {}).get("data") or []
    prices: list[Json] = [each.get("price") or each.get("plan") or {} for each in items]
    known = (price for price in prices if price and plan_of(price))
    return next(known, prices[0] if prices else {})


def period_of(subscription: Json) -> tuple[datetime | None, datetime | None]:
    """(start, end) of the period at hand, in either shape."""
    items = (subscription.get("items") or {}).get("data") or [{}]
    facts = items[0] if items[0].get("current_period_start") else subscription
    return _time(facts.get("current_period_start")), _time(facts.get("current_period_end"))


def subscription_of(invoice: Json) -> str:
    """The id of the subscription that an invoice is for, in either shape; empty for none."""
    parent = (invoice.get("parent") or {}).get("subscription_details") or {}
    found = parent.get("subscription") or invoice.get("subscription") or ""
    return str(found.get("id", "") if isinstance(found, Mapping) else found)


def _order(subscription: Json, plan_of: PlanOf) -> tuple[int, int, int, int]:
    status = STATUSES.get(str(subscription.get("status")))
    price = price_of(subscription, plan_of)
    plan = (plan_of(price) if price else None) or PlanName.FREE
    is_known = status is not None and plan != PlanName.FREE
    # What is none of ours comes behind what is, and before what is over.
    group = 2 if status is not None and status not in LIVE else 0 if is_known else 1
    rank = RANK.index(status) if status else 0
    is_paid = 0 if rank < 2 else rank  # noqa: PLR2004  (active and on trial are alike)
    return group, is_paid, PLAN_RANK.index(plan), -int(subscription.get("created") or 0)


def _grace(
    subscription: Json, failed: tuple[str, datetime] | None, start: datetime | None
) -> datetime:
    """Its end, counted from the failure; from the period's start where no invoice tells of one."""
    began_at = failed[1] if failed else start or _time(subscription.get("created"))
    return (began_at or datetime.fromtimestamp(0, UTC)) + GRACE


def _first_failure(
    subscription: Json, invoices: Iterable[Json], failed_at: Mapping[str, datetime]
) -> tuple[str, datetime] | None:
    """The open invoice that failed first, and when."""
    failures = [
        (failed_at.get(str(each["id"])) or _issued_at(each), str(each["id"]))
        for each in invoices
        if subscription_of(each) == subscription["id"]
        and _is_owed(each, subscription)
        and (each.get("attempted") or each.get("attempt_count") or str(each["id"]) in failed_at)
    ]
    if not failures:
        return None
    at, invoice_id = min(failures)
    return invoice_id, at


def _is_owed(invoice: Json, subscription: Json) -> bool:
    """What was written off long ago delays nobody's grace today: of such, the latest one counts."""
    latest = subscription.get("latest_invoice")
    latest_id = latest.get("id") if isinstance(latest, Mapping) else latest
    is_latest = invoice.get("id") == latest_id
    return invoice.get("status") == "open" or (
        invoice.get("status") == "uncollectible" and is_latest
    )


def _issued_at(invoice: Json) -> datetime:
    """The nearest to its failure that the invoice itself tells: it is tried when it is final."""
    moments = invoice.get("status_transitions") or {}
    seconds = moments.get("finalized_at") or invoice.get("created") or 0
    return datetime.fromtimestamp(seconds, UTC)


def _interval(price: Json) -> str:
    recurring = price.get("recurring") or price
    found = str(recurring.get("interval") or "")
    return found if found in Interval.values else ""


def _is_ending(subscription: Json) -> bool:
    if subscription.get("status") == "canceled":
        return False
    return bool(subscription.get("cancel_at_period_end") or subscription.get("cancel_at"))


def _time(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None
