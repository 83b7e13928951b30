"""What choosing the model saved: counted from the ledger's rows, shown as it is when negative.

Routing: what was paid for every call, second drafts included, against what the answers' own tokens
would have cost on the strong model. Reused answers apart, at what they had cost the first time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from ai.feedback import COUNTS_FIRST
from ai.models import Feedback, Generation, UsagePeriod

NOTHING = Decimal(0)
# Edited is liked: it was worth the work.
LIKED = (Feedback.Verdict.ACCEPTED, Feedback.Verdict.EDITED)
# Where the strong model costs next to nothing; beyond it a figure says no more.
LEAST_PERCENT = Decimal(-999_999)
MONEY = ("cost_usd", "cost_if_full_usd", "cost_if_mini_usd", "cache_saved_usd")


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts and US dollars of some generations; a rate is None where nothing was counted.

    `written` had a model asked for them, `reused` were answered again; `judged` have a verdict.
    """

    kind: str = ""
    tier: str = ""
    written: int = 0
    reused: int = 0
    escalated: int = 0
    judged: int = 0
    liked: int = 0
    cost_usd: Decimal = NOTHING
    always_full_usd: Decimal = NOTHING
    always_mini_usd: Decimal = NOTHING
    cache_usd: Decimal = NOTHING

    @property
    def routing_usd(self) -> Decimal:
        """Saved by choosing; negative where choosing cost more."""
        return self.always_full_usd - self.cost_usd

    @property
    def percent(self) -> Decimal:
        """What was saved, of what the strong model without a cache would have cost."""
        return percent_saved(self.cost_usd, self.always_full_usd, self.cache_usd)

    @property
    def escalation_rate(self) -> Decimal | None:
        """Share of the written whose first draft failed and went to the strong model."""
        return _rate(self.escalated, self.written)

    @property
    def accept_rate(self) -> Decimal | None:
        """Share of the judged that were kept, as they were or edited."""
        return _rate(self.liked, self.judged)


def percent_saved(cost: Decimal, full: Decimal, cache: Decimal) -> Decimal:
    """To a tenth; 0 where nothing was spent."""
    whole = full + cache
    saved = (full - cost + cache) / whole * 100 if whole else NOTHING
    return max(saved, LEAST_PERCENT).quantize(Decimal("0.1"))


def _rate(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.0001")) if whole else None


def figures_by_kind(rows: QuerySet[Generation]) -> list[Figures]:
    """One line for each kind and tier that there is; two queries, whatever their number."""
    ended = rows.exclude(status=Generation.Status.STREAMING).order_by()
    lines = ended.values("kind", "tier").annotate(
        written=Count("id", filter=Q(reused_from_id=None)),
        reused=Count("id", filter=Q(reused_from_id__isnull=False)),
        escalated=Count("id", filter=Q(is_escalated=True)),
        **{f"sum_{name}": Sum(name, default=NOTHING) for name in MONEY},
    )
    verdicts = _verdicts(ended)
    return [_figures(dict(line), verdicts) for line in lines.order_by("kind", "tier")]


def _verdicts(rows: QuerySet[Generation]) -> dict[tuple[str, str], tuple[int, int]]:
    """(judged, liked) by kind and tier; of several verdicts of one text, the one that counts."""
    own = Feedback.objects.filter(generation=OuterRef("generation")).order_by(*COUNTS_FIRST)
    counting = Feedback.objects.filter(
        generation__in=rows.values("id"), id=Subquery(own.values("id")[:1])
    )
    lines = (
        counting.order_by()
        .values_list("generation__kind", "generation__tier")
        .annotate(judged=Count("id"), liked=Count("id", filter=Q(verdict__in=LIKED)))
    )
    return {(kind, tier): (judged, liked) for kind, tier, judged, liked in lines}


def _figures(line: dict[str, Any], verdicts: dict[tuple[str, str], tuple[int, int]]) -> Figures:
    judged, liked = verdicts.get((line["kind"], line["tier"]), (0, 0))
    return Figures(
        kind=line["kind"],
        tier=line["tier"],
        written=line["written"],
        reused=line["reused"],
        escalated=line["escalated"],
        judged=judged,
        liked=liked,
        cost_usd=line["sum_cost_usd"],
        always_full_usd=line["sum_cost_if_full_usd"],
        always_mini_usd=line["sum_cost_if_mini_usd"],
        cache_usd=line["sum_cache_saved_usd"],
    )


def added_up(lines: Iterable[Figures]) -> Figures:
    """All lines as one."""
    listed = list(lines)
    if not listed:
        return Figures()
    names = [name for name in Figures.__dataclass_fields__ if name not in {"kind", "tier"}]
    return Figures(**{name: sum(getattr(line, name) for line in listed) for name in names})


def figures_of_period(period: UsagePeriod) -> list[Figures]:
    """Of one person's usage period; nothing of one without a row."""
    return figures_by_kind(Generation.objects.filter(period=period)) if period.pk else []


def figures_of_site(*, since: datetime, until: datetime) -> list[Figures]:
    """Of everybody, for staff: what was begun between two moments."""
    rows = Generation.objects.filter(created_at__gte=since, created_at__lt=until)
    return figures_by_kind(rows)
