"""The one function that says what somebody may do: FREE, a grant, or what they pay for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import (
    Case,
    CharField,
    Expression,
    F,
    FilteredRelation,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.models import User
from api.prepared import PREPARED_ID, Prepared
from billing.models import BillingAccount, PlanGrant, SubscriptionStatus
from billing.models.account import GRANTING
from billing.periods import calendar_month, paid_month
from billing.plans import PLANS, Plan, PlanName

# From the least to the most: the best of what somebody has counts.
LADDER = (PlanName.FREE, PlanName.PRO, PlanName.ENTERPRISE)


@dataclass(frozen=True, slots=True)
class Entitlements:
    """A plan, why it holds, and the usage period at hand (`period_end` is exclusive, UTC)."""

    plan: Plan
    source: Literal["free", "grant", "subscription"]
    grant_ends_at: datetime | None
    period_start: datetime
    period_end: datetime
    # Set while a payment has failed and the plan is still given.
    grace_ends_at: datetime | None = None


def _holdings_of(owner: Any) -> QuerySet[User]:
    """One row: the grant in force, and the paid plan with its period; nulls for none.

    The rule of BillingAccountQuerySet.paying and PlanGrantQuerySet.in_force, as joins.
    """
    granted = Q(plan_grants__starts_at__lte=Now()) & (
        Q(plan_grants__ends_at=None) | Q(plan_grants__ends_at__gt=Now())
    )
    paid = Q(billing__status__in=GRANTING) | Q(
        billing__status=SubscriptionStatus.PAST_DUE, billing__grace_ends_at__gt=Now()
    )
    people = User.everyone.filter(pk=owner).annotate(
        granted=FilteredRelation("plan_grants", condition=granted),
        paid=FilteredRelation("billing", condition=paid & ~Q(billing__plan="")),
    )
    rows: Any = people.order_by(F("granted__created_at").desc(nulls_last=True)).values_list(
        "granted__plan",
        "granted__ends_at",
        "paid__plan",
        "paid__period_start",
        "paid__period_end",
        "paid__anchor_day",
        "paid__grace_ends_at",
    )
    return rows  # type: ignore[no-any-return]


_holdings = Prepared[Any, User](_holdings_of, stand_in=PREPARED_ID)


def entitlements(user: User, *, at: datetime | None = None) -> Entitlements:
    """What somebody may do now. `at` places the usage period alone."""
    now = at or timezone.now()
    found = _holdings.values(user.pk) or (None,) * 7
    granted, grant_ends_at, paid, start, end, anchor_day, grace_ends_at = found
    if paid and LADDER.index(PlanName(paid)) >= LADDER.index(PlanName(granted or "FREE")):
        is_told = start and end and anchor_day
        first, last = paid_month(start, end, anchor_day, now) if is_told else calendar_month(now)
        plan = PLANS[PlanName(paid)]
        return Entitlements(plan, "subscription", None, first, last, grace_ends_at)
    first, last = calendar_month(now)
    if granted:
        return Entitlements(PLANS[PlanName(granted)], "grant", grant_ends_at, first, last)
    return Entitlements(PLANS[PlanName.FREE], "free", None, first, last)


def _rung(plans: Any) -> Coalesce:
    """The place on the ladder of the first of some plans; 0 for none."""
    cases = [When(plan=plan.value, then=Value(place)) for place, plan in enumerate(LADDER)]
    rung = plans.annotate(rung=Case(*cases, default=Value(0), output_field=IntegerField()))
    return Coalesce(Subquery(rung.values("rung")[:1]), Value(0))


class _OnTheLadder(Func):
    """The name of the higher one of two places."""

    template = (
        f"(ARRAY[{', '.join(repr(plan.value) for plan in LADDER)}])[1 + GREATEST(%(expressions)s)]"
    )
    output_field = CharField()


def plan_name_of(owner: Any) -> Expression:
    """The name of the plan of the person whom `owner` refers to: the same rule, for a query."""
    grants = PlanGrant.objects.in_force().filter(user_id=owner).order_by("-created_at", "id")
    paying = BillingAccount.objects.paying().filter(user_id=owner)
    return _OnTheLadder(_rung(grants), _rung(paying))


def with_subscription(people: QuerySet[User]) -> QuerySet[User]:
    """People annotated with their plan's name as `subscription`."""
    return people.annotate(subscription=plan_name_of(OuterRef("pk")))
