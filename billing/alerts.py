"""What staff are told of, once while it lasts."""

import logging
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from billing.models import BillingAccount, BillingAlert

logger = logging.getLogger("huntaze.billing")


def alert(
    kind: BillingAlert.Kind,
    *,
    about: str,
    account: BillingAccount | None = None,
    detail: str = "",
) -> None:
    """Open an alert, or note that an open one is seen again. Inside the caller's transaction."""
    facts: dict[str, Any] = {"account": account, "detail": detail[:500]}
    _row, is_new = BillingAlert.objects.update_or_create(
        kind=kind, about=about[:300], resolved_at=None, defaults=facts
    )
    if is_new:
        # An error, so that it reaches whoever watches errors.
        said = ("Billing alert %s about %s: %s", kind.value, about, detail)
        transaction.on_commit(lambda: logger.error(*said))


def settle_alerts(account: BillingAccount, kinds: Collection[BillingAlert.Kind]) -> None:
    """What was the matter with an account is no longer so."""
    still_open = Q(account=account, kind__in=list(kinds), resolved_at=None)
    BillingAlert.objects.filter(still_open).update(resolved_at=timezone.now())


def resolve_alert(*, by: User, row: BillingAlert) -> None:
    """Somebody has seen to it; twice is once."""
    still_open = BillingAlert.objects.filter(pk=row.pk, resolved_at=None)
    still_open.update(resolved_at=timezone.now(), resolved_by=by)
