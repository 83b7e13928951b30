"""The catalogue as it is for one person: what they have, may buy, or may change to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from billing.checkout import HELD
from billing.models import BillingAccount, Interval, SubscriptionStatus
from billing.models.account import GRANTING
from billing.plans import PLANS, Plan
from billing.prices import price_id
from billing.stripe_api import is_configured

# Who may end a subscription, or go on after all (billing.managing.set_ending).
CAN_END = frozenset({*GRANTING, SubscriptionStatus.PAST_DUE})
# Whose plan waits for a payment.
OWING = frozenset(
    {SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID, SubscriptionStatus.INCOMPLETE}
)


@dataclass(frozen=True, slots=True)
class Offer:
    """One plan at one interval."""

    interval: Interval
    kind: Literal["buy", "change"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A plan, and what can be done about it."""

    plan: Plan
    offers: tuple[Offer, ...]


def catalogue(account: BillingAccount, *, is_waiting: bool = False) -> list[Entry]:
    """All plans. Nothing can be bought while a payment is under way."""
    return [
        Entry(plan, () if is_waiting else tuple(_offers(account, plan))) for plan in PLANS.values()
    ]


def _offers(account: BillingAccount, plan: Plan) -> Iterator[Offer]:
    is_paid = account.status in GRANTING
    for interval in Interval:
        is_held = is_paid and (account.plan, account.interval) == (plan.name, interval)
        if is_held or not is_configured() or not price_id(plan.name, interval):
            continue
        if account.status not in HELD:
            yield Offer(interval, "buy")
        # Who has cancelled renews first: Stripe changes no plan that is about to end.
        elif is_paid and not account.is_ending:
            yield Offer(interval, "change")
