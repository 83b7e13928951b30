"""Days and generations whose cost stands out from the last thirty days, for staff to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Avg, Q, StdDev

from ai.anomalies import DAY_FLOOR_USD, GENERATION_FLOOR_USD, Usual, limit, unusual
from ai.costs import Range, Spender, days_of_models, days_of_spenders, ended, last_days
from ai.models import Generation

LOOKED_BACK_DAYS = 30
MOST_SPENDERS = 100
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class DearDay[Key]:
    """A day on which somebody, or a model, cost more than is usual for them."""

    key: Key
    day: date
    cost_usd: Decimal
    mean_usd: Decimal


@dataclass(frozen=True, slots=True)
class Outliers:
    """All that stands out; the dearest first."""

    people: list[DearDay[Spender]]
    models: list[DearDay[tuple[str, str]]]
    generations: list[Generation]


def outliers() -> Outliers:
    """Five queries, whatever there is."""
    within = last_days(LOOKED_BACK_DAYS)
    spenders = days_of_spenders(within, floor=DAY_FLOOR_USD, most=MOST_SPENDERS)
    return Outliers(
        _days(within, unusual(spenders)),
        _days(within, unusual(days_of_models(within))),
        _dear_generations(within),
    )


def _days[Key](within: Range, found: Sequence[Usual[Key]]) -> list[DearDay[Key]]:
    dates = within.dates
    days = [
        DearDay(each.key, dates[place], cost, each.mean_usd)
        for each in found
        for place, cost in each.beyond
    ]
    return sorted(days, key=lambda day: (day.cost_usd, day.day), reverse=True)[:MOST_SHOWN]


def _dear_generations(within: Range) -> list[Generation]:
    """Those beyond what is usual for their kind."""
    # What was given again cost nothing, and tells nothing of what a text costs.
    rows = ended(within).filter(reused_from_id=None)
    kinds: Any = rows.values("kind").annotate(mean=Avg("cost_usd"), spread=StdDev("cost_usd"))
    beyond = [
        Q(kind=kind["kind"], cost_usd__gt=limit(kind["mean"], kind["spread"], GENERATION_FLOOR_USD))
        for kind in kinds
        if kind["mean"] is not None
    ]
    if not beyond:
        return []
    dear = rows.filter(reduce(or_, beyond)).select_related("user").defer("prompt", "text")
    return list(dear.order_by("-cost_usd", "id")[:MOST_SHOWN])
