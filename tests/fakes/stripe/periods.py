"""Billing periods: the same day of the month, or its last. UTC, in unix seconds."""

import calendar
from datetime import UTC, datetime

from tests.fakes.stripe.templates import Json

DAY_SECONDS = 86_400


def after(start: int, price: Json, anchor: int) -> int:
    """The end of a period that begins then; the day is the anchor's where the month has it."""
    recurring = price["recurring"]
    if recurring["interval"] in ("day", "week"):
        days = 1 if recurring["interval"] == "day" else 7
        return start + int(recurring["interval_count"]) * days * DAY_SECONDS
    months = int(recurring["interval_count"]) * (12 if recurring["interval"] == "year" else 1)
    at = datetime.fromtimestamp(start, UTC)
    index = at.year * 12 + at.month - 1 + months
    year, month = index // 12, index % 12 + 1
    day = datetime.fromtimestamp(anchor, UTC).day
    last = calendar.monthrange(year, month)[1]
    return int(at.replace(year=year, month=month, day=min(day, last)).timestamp())
