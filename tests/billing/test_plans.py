"""The catalogue is the contract's table; entitlements follow the grants."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from billing.entitlements import entitlements, with_subscription
from billing.models import PlanGrant
from billing.periods import calendar_month
from billing.plans import FREE, PLANS, PlanName

MEGABYTE = 1024**2
TABLE = {
    "FREE": ("0", "0", 20, "0.25", False, 100 * MEGABYTE, 60, 10),
    "PRO": ("29", "290", 2_000, "15", True, 5 * 1024 * MEGABYTE, 300, 30),
    "ENTERPRISE": ("99", "990", None, "60", True, 50 * 1024 * MEGABYTE, 1_200, 120),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_plan_is_as_the_contract_says(name: str) -> None:
    plan = PLANS[PlanName(name)]
    assert (
        plan.monthly_price_usd,
        plan.yearly_price_usd,
        plan.generations,
        plan.spend_usd,
        plan.allows_full,
        plan.storage_bytes,
        plan.api_requests_per_minute,
        plan.ai_requests_per_minute,
    ) == tuple(Decimal(each) if isinstance(each, str) else each for each in TABLE[name])


def test_a_plan_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        FREE.generations = 1_000_000  # type: ignore[misc]


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        ("2026-01-31T23:59:59+00:00", "2026-01-01", "2026-02-01"),
        ("2026-12-15T12:00:00+00:00", "2026-12-01", "2027-01-01"),
        ("2026-03-01T00:30:00+02:00", "2026-02-01", "2026-03-01"),
        ("2028-02-29T00:00:00+00:00", "2028-02-01", "2028-03-01"),
    ],
)
def test_a_period_is_the_calendar_month_in_utc(at: str, start: str, end: str) -> None:
    found = calendar_month(datetime.fromisoformat(at))
    assert found == tuple(datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (start, end))


def _grant(user: User, plan: str, starts: float, ends: float | None) -> PlanGrant:
    now = timezone.now()
    return PlanGrant.objects.create(
        user=user,
        plan=plan,
        reason="a test",
        starts_at=now + timedelta(hours=starts),
        ends_at=None if ends is None else now + timedelta(hours=ends),
    )


@pytest.mark.parametrize(
    ("grants", "plan"),
    [
        ([], "FREE"),
        ([("PRO", -1, None)], "PRO"),
        ([("PRO", -1, 1)], "PRO"),
        ([("PRO", -2, -1)], "FREE"),
        ([("PRO", 1, None)], "FREE"),
        ([("PRO", -2, None), ("ENTERPRISE", -1, None)], "ENTERPRISE"),
        ([("ENTERPRISE", -2, None), ("PRO", -1, 1)], "PRO"),
        ([("PRO", -2, None), ("ENTERPRISE", -1, -0.5)], "PRO"),
    ],
)
def test_the_newest_grant_in_force_decides(
    alice: User, charlie: User, grants: list[Any], plan: str
) -> None:
    for each in grants:
        _grant(alice, *each)
    assert entitlements(alice).plan is PLANS[PlanName(plan)]
    assert entitlements(alice).source == ("free" if plan == "FREE" else "grant")
    # The same rule, in a query over people.
    people: Any = with_subscription(User.objects.all())
    names = dict(people.values_list("email", "subscription"))
    assert names == {"alice@example.com": plan, "charlie@example.com": "FREE"}


def test_entitlements_say_when_the_grant_ends(alice: User) -> None:
    grant = _grant(alice, "PRO", -1, 1)
    assert entitlements(alice).grant_ends_at == grant.ends_at
