"""Grant, subscription and FREE: the best of them holds, in Python and in SQL alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from billing.entitlements import entitlements, with_subscription
from billing.models import BillingAccount, PlanChange
from billing.plan_changes import tell_what_time_changed
from billing.plans import PlanName
from billing.services import grant_plan, revoke_grant

HOUR = timedelta(hours=1)


def pay(user: User, plan: str = "PRO", status: str = "ACTIVE", **facts: Any) -> BillingAccount:
    """As the mirror would have it."""
    now = timezone.now()
    period = {"period_start": now - HOUR, "period_end": now + HOUR, "anchor_day": now.day}
    made: BillingAccount = BillingAccount.objects.update_or_create(
        user=user, defaults={"plan": plan, "status": status, **period, **facts}
    )[0]
    return made


def in_sql(user: User) -> str:
    return str(with_subscription(User.objects.all()).get(pk=user.pk).subscription)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("status", "grace", "holds"),
    [
        ("ACTIVE", None, True),
        ("TRIALING", None, True),
        ("PAST_DUE", HOUR, True),
        ("PAST_DUE", -HOUR, False),
        ("PAST_DUE", None, False),
        ("UNPAID", HOUR, False),
        ("CANCELED", HOUR, False),
        ("INCOMPLETE", HOUR, False),
        ("PAUSED", HOUR, False),
    ],
)
def test_a_status_gives_the_plan_or_does_not(
    alice: User, status: str, grace: timedelta | None, holds: bool
) -> None:
    pay(alice, status=status, grace_ends_at=timezone.now() + grace if grace else None)
    found = entitlements(alice)
    assert found.plan.name == in_sql(alice) == ("PRO" if holds else "FREE")
    assert found.source == ("subscription" if holds else "free")


@pytest.mark.parametrize(
    ("paid", "granted", "plan", "source"),
    [
        ("PRO", "ENTERPRISE", "ENTERPRISE", "grant"),
        ("ENTERPRISE", "PRO", "ENTERPRISE", "subscription"),
        ("PRO", "PRO", "PRO", "subscription"),
        ("PRO", "FREE", "PRO", "subscription"),
        ("", "PRO", "PRO", "grant"),
        ("", "FREE", "FREE", "grant"),
    ],
)
def test_the_better_one_holds(
    alice: User, sam: User, paid: str, granted: str, plan: str, source: str
) -> None:
    pay(alice, plan=paid)
    grant_plan(by=sam, user=alice, plan=PlanName(granted), reason="a prize")
    found = entitlements(alice)
    assert (found.plan.name, found.source) == (plan, source)
    assert in_sql(alice) == plan


def test_a_subscription_is_somebodys_alone(alice: User, charlie: User) -> None:
    pay(alice, "ENTERPRISE")
    assert entitlements(charlie).plan.name == in_sql(charlie) == "FREE"


def test_the_period_follows_what_holds(alice: User, sam: User) -> None:
    begun = datetime(2026, 1, 31, 10, tzinfo=UTC)
    pay(alice, period_start=begun, period_end=begun.replace(year=2027), anchor_day=31)
    found = entitlements(alice, at=datetime(2026, 2, 28, 10, tzinfo=UTC))
    assert (found.period_start, found.period_end) == (
        datetime(2026, 2, 28, 10, tzinfo=UTC),
        datetime(2026, 3, 31, 10, tzinfo=UTC),
    )
    grant_plan(by=sam, user=alice, plan=PlanName.ENTERPRISE, reason="a prize")
    found = entitlements(alice, at=datetime(2026, 2, 28, 10, tzinfo=UTC))
    assert found.period_start == datetime(2026, 2, 1, tzinfo=UTC)


def changes(user: User) -> list[tuple[str, str, str]]:
    rows = PlanChange.objects.filter(user=user).order_by("created_at")
    return list(rows.values_list("from_plan", "to_plan", "why"))


def test_time_alone_ends_a_grace_and_it_is_told_once(alice: User) -> None:
    ended_at = timezone.now() - HOUR
    pay(alice, status="PAST_DUE", grace_ends_at=ended_at, told_plan="PRO")
    assert tell_what_time_changed() == 1
    assert tell_what_time_changed() == 0
    assert changes(alice) == [("PRO", "FREE", "GRACE")]
    assert PlanChange.objects.get().happened_at == ended_at


def test_a_grant_that_ends_is_told(alice: User, sam: User) -> None:
    soon = timezone.now() + timedelta(milliseconds=50)
    grant = grant_plan(by=sam, user=alice, plan=PlanName.PRO, reason="a prize", ends_at=soon)
    assert changes(alice) == [("FREE", "PRO", "GRANT")]
    grant.ends_at = grant.starts_at
    grant.save()
    assert tell_what_time_changed() == 1
    assert changes(alice)[1:] == [("PRO", "FREE", "GRANT_ENDED")]
    assert PlanChange.objects.latest("created_at").detail == "a prize"


def test_what_changes_nothing_is_no_change(alice: User, sam: User) -> None:
    pay(alice, told_plan="PRO")
    grant = grant_plan(by=sam, user=alice, plan=PlanName.PRO, reason="a prize")
    revoke_grant(by=sam, grant=grant)
    assert changes(alice) == []
    assert entitlements(alice).plan.name == "PRO"
