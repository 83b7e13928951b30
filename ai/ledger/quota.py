"""When a plan has nothing left, in the numbers of the contract's 402."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from ai.models import UsagePeriod
from billing.entitlements import Entitlements


class QuotaExceeded(Exception):
    """The plan's count or ceiling is reached; carries the numbers of the contract's 402."""

    def __init__(self, message: str, numbers: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.numbers = dict(numbers)


def quota_error(user: User, allowed: Entitlements) -> QuotaExceeded:
    """What stands in the way, after a reservation was refused."""
    found = UsagePeriod.objects.filter(user=user, start=allowed.period_start).first()
    period = found or UsagePeriod()
    count = period.generations_used + period.generations_reserved
    plan = allowed.plan
    numbers: dict[str, Any] = {
        "subscription": plan.name.value,
        "resetAt": _iso(allowed.period_end),
    }
    if plan.generations is not None and count >= plan.generations:
        numbers |= {"metric": "generations", "current": count, "limit": plan.generations}
        return QuotaExceeded(_("You have used all generations of this period."), numbers)
    spent = period.spend_used_usd + period.spend_reserved_usd
    numbers |= {"metric": "spend", "current": str(spent), "limit": str(plan.spend_usd)}
    return QuotaExceeded(_("This would pass your plan's spending limit for the period."), numbers)


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
