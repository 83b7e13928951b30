"""The one function that says what somebody may do: FREE, or what a grant in force says."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from django.db.models import CharField, Expression, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from api.prepared import First
from billing.models import PlanGrant
from billing.plans import PLANS, Plan, PlanName


@dataclass(frozen=True, slots=True)
class Entitlements:
    """A plan, why it holds, and the usage period at hand (`period_end` is exclusive, UTC)."""

    plan: Plan
    source: Literal["free", "grant"]
    grant_ends_at: datetime | None
    period_start: datetime
    period_end: datetime


def _grants_of(owner: Any) -> QuerySet[PlanGrant]:
    """Those in force, the one that counts first."""
    grants = PlanGrant.objects.in_force().filter(user_id=owner)
    newest_first: QuerySet[PlanGrant] = grants.order_by("-created_at", "id")
    return newest_first


_grant_of = First[PlanGrant](_grants_of)


def calendar_month(at: datetime) -> tuple[datetime, datetime]:
    """The month in UTC around an instant: its first instant and the next one's."""
    start = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year, month = divmod(start.year * 12 + start.month, 12)
    return start, start.replace(year=year, month=month + 1)


def entitlements(user: User, *, at: datetime | None = None) -> Entitlements:
    """What somebody may do now. The usage period is the calendar month, in UTC."""
    grant = _grant_of(user.pk)
    start, end = calendar_month(at or timezone.now())
    if grant is None:
        return Entitlements(PLANS[PlanName.FREE], "free", None, start, end)
    return Entitlements(PLANS[PlanName(grant.plan)], "grant", grant.ends_at, start, end)


def plan_name_of(owner: Any) -> Expression:
    """The name of the plan of the person whom `owner` refers to: the same rule, for a query."""
    free = Value(PlanName.FREE.value, output_field=CharField())
    return Coalesce(Subquery(_grants_of(owner).values("plan")[:1]), free)


def with_subscription(people: QuerySet[User]) -> QuerySet[User]:
    """People annotated with their plan's name as `subscription`."""
    return people.annotate(subscription=plan_name_of(OuterRef("pk")))
