"""Ways from a figure to the rows behind it: a list of the admin with its filters set."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from ai.costs import Range


def generations(**filters: Any) -> str:
    """The ledger."""
    return _list("generation", filters)


def calls(**filters: Any) -> str:
    """The calls of providers."""
    return _list("providercall", filters)


def _list(name: str, filters: Mapping[str, Any]) -> str:
    return f"{reverse(f'admin:ai_{name}_changelist')}?{urlencode(filters)}"


def on(day: date) -> dict[str, Any]:
    """One day, as the line of dates above a list says it."""
    return {
        "created_at__year": day.year,
        "created_at__month": day.month,
        "created_at__day": day.day,
    }


def during(within: Range) -> dict[str, Any]:
    """Some days, as the filter of dates says it."""
    return {"created_at__gte": within.since.isoformat(), "created_at__lt": within.until.isoformat()}
