"""The usage period of a subscription: a month, from the day that the paid period began on. Pure."""

from calendar import monthrange
from datetime import UTC, datetime


def calendar_month(at: datetime) -> tuple[datetime, datetime]:
    """The month in UTC around an instant: its first instant and the next one's."""
    start = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year, month = divmod(start.year * 12 + start.month, 12)
    return start, start.replace(year=year, month=month + 1)


def paid_month(
    start: datetime, end: datetime, anchor_day: int, at: datetime
) -> tuple[datetime, datetime]:
    """The month around `at` of a paid period, which Stripe has from `start` to `end` (exclusive).

    Months begin on the anchor's day, or on their last where they are shorter, at the hour of the
    start. Where the paid period is over and nobody has told of the next one yet, that one began at
    its end: the roll-over does not wait for a message.
    """
    if at >= end:
        return _month_around(end, anchor_day, at)
    first, last = _month_around(start, anchor_day, at)
    return first, min(last, end)


def _month_around(base: datetime, anchor_day: int, at: datetime) -> tuple[datetime, datetime]:
    base = base.astimezone(UTC)
    anchor_day = anchor_day if _clamped(base, 0, anchor_day) == base else base.day
    months = max(0, (at.year - base.year) * 12 + at.month - base.month)
    if _clamped(base, months, anchor_day) > at:
        months = max(0, months - 1)
    return _clamped(base, months, anchor_day), _clamped(base, months + 1, anchor_day)


def _clamped(base: datetime, months: int, day: int) -> datetime:
    """So many months behind the base, on that day or the month's last one."""
    year, month = divmod(base.year * 12 + base.month - 1 + months, 12)
    return base.replace(year=year, month=month + 1, day=min(day, monthrange(year, month + 1)[1]))
