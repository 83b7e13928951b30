"""What the models cost, what was saved, and what stands out, on one page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ai.admin import links
from ai.anomalies import DAY_FLOOR_USD, GENERATION_FLOOR_USD
from ai.costs import Line, Range, by_day, by_model, by_person, last_days
from ai.models import Generation
from ai.outliers import LOOKED_BACK_DAYS, DearDay, outliers
from ai.savings import Figures, added_up, figures_of_site

RANGES = (7, 30, 90)
USUAL_RANGE = 30


@dataclass(frozen=True, slots=True)
class Bar:
    """A line, its length in percent of the longest, and the rows behind it."""

    line: Line
    length: int
    url: str
    # From the left, in a chart of columns.
    place: int

    @property
    def top(self) -> int:
        """Where a column begins, from above."""
        return 100 - self.length


def costs_page(request: HttpRequest) -> HttpResponse:
    """For staff who may see the ledger."""
    if not request.user.has_perm("ai.view_generation"):
        raise PermissionDenied
    asked = request.GET.get("days", "")
    days = next((each for each in RANGES if str(each) == asked), USUAL_RANGE)
    context = {
        **admin.site.each_context(request),
        "title": _("What the models cost"),
        "ranges": RANGES,
        **_figures(last_days(days)),
        **_outliers(),
    }
    return render(request, "admin/ai/costs.html", context)


def _figures(within: Range) -> dict[str, Any]:
    """The range at hand, by everything."""
    during, figures = links.during(within), figures_of_site(since=within.since, until=within.until)
    columns = _bars(by_day(within), lambda day: links.generations(**links.on(day)))
    return {
        "within": within,
        "total": added_up(figures),
        "kinds": [_named(each) for each in figures],
        "columns": columns,
        "highest": max(columns, key=lambda bar: bar.line.cost_usd),
        "models": _bars(
            by_model(within),
            lambda key: links.calls(provider=key[0], model=key[1], **during),
        ),
        "people": _bars(
            by_person(within), lambda pk: links.generations(user__id__exact=pk, **during)
        ),
    }


def _outliers() -> dict[str, Any]:
    """What stands out, whatever the range."""
    found = outliers()
    return {
        "dear_people": _linked(
            found.people,
            lambda day: links.generations(user__id__exact=day.key.id, **links.on(day.day)),
        ),
        "dear_models": _linked(
            found.models,
            lambda day: links.calls(provider=day.key[0], model=day.key[1], **links.on(day.day)),
        ),
        "dear_generations": found.generations,
        "looked_back": LOOKED_BACK_DAYS,
        "day_floor": DAY_FLOOR_USD,
        "generation_floor": GENERATION_FLOOR_USD,
    }


def _bars(lines: list[Line], url: Callable[[Any], str]) -> list[Bar]:
    most = max((line.cost_usd for line in lines), default=Decimal(0))
    return [
        # Whatever cost anything is seen.
        Bar(line, max(1, int(line.cost_usd * 100 / most)) if line.cost_usd else 0, url(line.key), n)
        for n, line in enumerate(lines)
    ]


def _linked[Key](
    days: Iterable[DearDay[Key]], url: Callable[[DearDay[Key]], str]
) -> list[tuple[DearDay[Key], str]]:
    return [(day, url(day)) for day in days]


def _named(figures: Figures) -> tuple[str, str, Figures]:
    """With kind and tier in words."""
    kind, tier = Generation.Kind(figures.kind), Generation.Tier(figures.tier)
    return str(kind.label), str(tier.label), figures
