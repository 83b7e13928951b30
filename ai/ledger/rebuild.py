"""The counters of a usage period, made anew from its rows."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from ai.models import Generation, UsagePeriod

COUNTERS = (
    "generations_used",
    "generations_reserved",
    "spend_used_usd",
    "spend_reserved_usd",
    "spend_full_usd",
    "spend_mini_usd",
    "cache_saved_usd",
)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Drift:
    """A counter that did not say what the rows say."""

    period: UsagePeriod
    counter: str
    counted: Any
    rows: Any


def drift_of(periods: QuerySet[UsagePeriod], *, mend: bool = False) -> list[Drift]:
    """Where the counters differ from the rows; `mend` sets them right.

    Each period is locked while it is looked at, so nobody reserves or settles in between.
    """
    found: list[Drift] = []
    for pk in periods.values_list("pk", flat=True).iterator():
        found += _drift_of_one(pk, mend=mend)
    return found


@transaction.atomic
def _drift_of_one(pk: int, *, mend: bool) -> list[Drift]:
    period = UsagePeriod.objects.select_for_update(no_key=True).get(pk=pk)
    rows = _from_rows(period)
    drifts = [
        Drift(period, name, getattr(period, name), rows[name])
        for name in COUNTERS
        if getattr(period, name) != rows[name]
    ]
    if mend and drifts:
        UsagePeriod.objects.filter(pk=pk).update(**rows)
    return drifts


def _from_rows(period: UsagePeriod) -> dict[str, Any]:
    running = Q(status=Generation.Status.STREAMING)
    return Generation.objects.filter(period=period).aggregate(
        generations_used=Count("pk", filter=Q(is_counted=True)),
        generations_reserved=Count("pk", filter=running),
        spend_used_usd=Coalesce(Sum("cost_usd", filter=~running), NOTHING),
        spend_reserved_usd=Coalesce(Sum("reserved_usd", filter=running), NOTHING),
        spend_full_usd=Coalesce(Sum("cost_if_full_usd", filter=~running), NOTHING),
        spend_mini_usd=Coalesce(Sum("cost_if_mini_usd", filter=~running), NOTHING),
        cache_saved_usd=Coalesce(Sum("cache_saved_usd"), NOTHING),
    )
