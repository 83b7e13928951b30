"""What the models cost: sums by day, model and person, added up by the database.

All of it is of ended generations by when they were begun, so that every table of a page has the
same total; by model it is of their calls, since a second draft may be another model's. A day is
cut in the reader's time zone.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from ai.models import Generation, ProviderCall

NOTHING = Decimal(0)
MOST_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Range:
    """Whole days of the reader, the last of them today."""

    days: int
    first: date
    last: date
    since: datetime
    until: datetime

    @property
    def dates(self) -> list[date]:
        """Each day."""
        return [self.first + timedelta(days=number) for number in range(self.days)]


def last_days(days: int) -> Range:
    """Today and the days before it."""
    last = timezone.localdate()
    first = last - timedelta(days=days - 1)
    zone = timezone.get_current_timezone()
    since = datetime.combine(first, time.min, zone)
    return Range(
        days, first, last, since, datetime.combine(last + timedelta(days=1), time.min, zone)
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One bar of a table: how many (answers, or calls) and US dollars."""

    label: str
    count: int
    cost_usd: Decimal
    key: Any = None
    note: str = ""


def ended(within: Range) -> QuerySet[Generation]:
    """The generations of a range."""
    rows: QuerySet[Generation] = Generation.objects.exclude(status=Generation.Status.STREAMING)
    return rows.filter(created_at__gte=within.since, created_at__lt=within.until).order_by()


def calls_of(within: Range) -> QuerySet[ProviderCall]:
    """The calls of those generations that took anything."""
    return (
        ProviderCall.objects.filter(
            generation__created_at__gte=within.since,
            generation__created_at__lt=within.until,
            status=ProviderCall.Status.SETTLED,
        )
        .exclude(generation__status=Generation.Status.STREAMING)
        .order_by()
    )


def by_day(within: Range) -> list[Line]:
    """Every day of the range, those without anything too."""
    days = ended(within).annotate(day=TruncDate("created_at")).values_list("day")
    found = {
        day: (count, cost)
        for day, count, cost in days.annotate(n=Count("pk"), cost=Sum("cost_usd", default=NOTHING))
    }
    return [Line("", *found.get(day, (0, NOTHING)), key=day) for day in within.dates]


def by_model(within: Range) -> list[Line]:
    """Each model, by its calls; the dearest first."""
    lines = (
        calls_of(within)
        .values("provider", "model")
        .annotate(n=Count("pk"), cost=Sum("cost_usd", default=NOTHING))
        .order_by("-cost", "provider", "model")
    )
    return [
        Line(line["model"], line["n"], line["cost"], (line["provider"], line["model"]))
        for line in lines
    ]


def by_person(within: Range) -> list[Line]:
    """The people who cost the most."""
    lines = (
        ended(within)
        .values("user_id", "user__email")
        .annotate(n=Count("pk"), cost=Sum("cost_usd", default=NOTHING))
        .order_by("-cost", "user_id")
    )
    return [
        Line(line["user__email"], line["n"], line["cost"], line["user_id"])
        for line in lines[:MOST_PEOPLE]
    ]


@dataclass(frozen=True, slots=True)
class Spender:
    """Somebody whose days are looked at."""

    id: UUID
    email: str


def days_of_models(within: Range) -> dict[tuple[str, str], list[Decimal]]:
    """US dollars of each (provider, model) on each day."""
    lines = (
        calls_of(within)
        .annotate(day=TruncDate("generation__created_at"))
        .values_list("provider", "model", "day")
        .annotate(cost=Sum("cost_usd", default=NOTHING))
    )
    return _series(within, [((name, model), day, cost) for name, model, day, cost in lines])


def days_of_spenders(within: Range, *, floor: Decimal, most: int) -> dict[Spender, list[Decimal]]:
    """US dollars of each day of people who spent more than the floor on one; at most so many."""
    days = ended(within).annotate(day=TruncDate("created_at"))
    summed = days.values("user_id", "day").annotate(cost=Sum("cost_usd", default=NOTHING))
    dear = summed.filter(cost__gt=floor).order_by("-cost").values_list("user_id", flat=True)
    # Somebody has as many dear days as there are days, at most.
    people = list(dict.fromkeys(dear[: most * within.days]))[:most]
    lines = (
        days.filter(user__in=people)
        .values_list("user_id", "user__email", "day")
        .annotate(cost=Sum("cost_usd", default=NOTHING))
    )
    return _series(within, [(Spender(pk, email), day, cost) for pk, email, day, cost in lines])


def _series[Key](within: Range, lines: list[tuple[Key, date, Decimal]]) -> dict[Key, list[Decimal]]:
    series: dict[Key, list[Decimal]] = {}
    for key, day, cost in lines:
        amounts = series.setdefault(key, [NOTHING] * within.days)
        amounts[(day - within.first).days] = cost
    return series
