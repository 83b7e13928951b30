"""What staff do with plans."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from billing.models import PlanGrant
from billing.plan_changes import retell_plan
from billing.plans import PlanName


class GrantRefused(ValueError):
    """The grant makes no sense; the sentence says why."""


@transaction.atomic
def grant_plan(
    *,
    by: User | None,
    user: User,
    plan: PlanName,
    reason: str,
    ends_at: datetime | None = None,
) -> PlanGrant:
    """Give somebody a plan by hand; it replaces the grant before. `by` is None for a command.

    Raises GrantRefused without a reason, or when the end is past.
    """
    if not reason.strip():
        raise GrantRefused(_("Say why this plan is granted."))
    if ends_at is not None and ends_at <= timezone.now():
        raise GrantRefused(_("The end of a grant lies in the future."))
    # Two grants at once would both end the old one and both stand: one waits for the other.
    User.everyone.select_for_update(no_key=True).get(pk=user.pk)
    # Read behind the lock: an earlier instant would end the other's grant before it starts.
    now = timezone.now()
    end_grants(user=user, at=now)
    grant = PlanGrant.objects.create(
        user=user, plan=plan, reason=reason.strip(), starts_at=now, ends_at=ends_at, granted_by=by
    )
    retell_plan(user)
    return grant


def end_grants(*, user: User, at: datetime) -> int:
    """End what is in force for somebody; how many ended."""
    grants = PlanGrant.objects.in_force()
    return int(grants.filter(user=user).update(ends_at=at))


@transaction.atomic
def revoke_grant(*, by: User, grant: PlanGrant) -> None:
    """End a grant now; a grant that has ended stays as it is."""
    locked = PlanGrant.objects.select_for_update().get(pk=grant.pk)
    now = timezone.now()
    if locked.ends_at is None or locked.ends_at > now:
        locked.ends_at = max(now, locked.starts_at)
        locked.save(update_fields=["ends_at"])
        retell_plan(locked.user)
