"""Notes each change of a plan, once, and tells whoever listens.

A plan changes with what Stripe says, with what staff give, and with time alone: grace ends, a grant
ends. `told_plan` is what was told last; whoever finds that it is no longer so tells it.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef
from django.utils import timezone

from accounts.models import User
from api.news import tell
from billing.entitlements import LADDER, Entitlements, entitlements, plan_name_of
from billing.models import BillingAccount, PlanChange, PlanGrant, SubscriptionStatus
from billing.plans import PlanName
from billing.signals import plan_changed

Why = PlanChange.Why
BATCH = 500


def tell_plan(account: BillingAccount) -> PlanChange | None:
    """Note the change since the plan was told last; None for none. The account's row is locked."""
    user = account.user
    allowed = entitlements(user)
    now = allowed.plan.name
    before = PlanName(account.told_plan)
    # Also what leaves the plan as it is: that it ends, that a payment failed.
    tell(user.pk, "subscription")
    if now == before:
        return None
    account.told_plan = now
    account.save(update_fields=["told_plan", "updated_at"])
    why, at = _why(account, allowed, before)
    change: PlanChange = PlanChange.objects.create(
        user=user,
        from_plan=before,
        to_plan=now,
        why=why,
        detail=_detail(account, why),
        happened_at=at,
    )
    plan_changed.send(sender=PlanChange, user=user, plan=now)
    return change


def retell_plan(user: User) -> PlanChange | None:
    """The same for somebody whose grants have changed; inside the caller's transaction."""
    BillingAccount.objects.get_or_create(user=user)
    locked = BillingAccount.objects.select_for_update(no_key=True).get(pk=user.pk)
    return tell_plan(locked)


def tell_what_time_changed() -> int:
    """Tell of plans that have ended, or begun, by the clock alone; how many."""
    changed = BillingAccount.objects.annotate(now=plan_name_of(OuterRef("user_id")))
    ids = list(changed.exclude(told_plan=F("now")).values_list("pk", flat=True)[:BATCH])
    return sum(_tell_one(user_id) for user_id in ids)


@transaction.atomic
def _tell_one(user_id: UUID) -> bool:
    locked = (
        BillingAccount.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(pk=user_id)
        .first()
    )
    return locked is not None and tell_plan(locked) is not None


def _why(
    account: BillingAccount, allowed: Entitlements, before: PlanName
) -> tuple[PlanChange.Why, datetime]:
    """What changed it and when; time tells the instant, anything else is now."""
    now = timezone.now()
    if LADDER.index(allowed.plan.name) > LADDER.index(before):
        return (Why.GRANT if allowed.source == "grant" else Why.SUBSCRIPTION), now
    if account.status == SubscriptionStatus.PAST_DUE and account.plan == before:
        ended_at = account.grace_ends_at
        return Why.GRACE, ended_at if ended_at and ended_at <= now else now
    if account.status and account.plan == before:
        return _BY_STATUS.get(SubscriptionStatus(account.status), Why.PAYMENT), now
    grants = PlanGrant.objects.filter(user=account.user, plan=before, ends_at__lte=now)
    ended = grants.order_by("-ends_at").values_list("ends_at", flat=True).first()
    if ended is not None:
        return Why.GRANT_ENDED, ended
    return Why.SUBSCRIPTION, now


_BY_STATUS = {
    SubscriptionStatus.CANCELED: Why.CANCELED,
    SubscriptionStatus.ACTIVE: Why.SUBSCRIPTION,
    SubscriptionStatus.TRIALING: Why.SUBSCRIPTION,
}


def _detail(account: BillingAccount, why: PlanChange.Why) -> str:
    if why in {Why.GRANT, Why.GRANT_ENDED}:
        grant = PlanGrant.objects.filter(user=account.user).order_by("-created_at").first()
        return grant.reason[:300] if grant else ""
    return account.subscription_id
