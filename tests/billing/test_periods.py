"""The usage period of a subscription: a month from the day on which the paid one began."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.periods import paid_month


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "anchor", "at", "first", "last"),
    [
        # A monthly plan: the period is Stripe's own.
        ("2026-05-04T08:12", "2026-06-04T08:12", 4, "2026-05-20T00:00", "05-04", "06-04"),
        # Its first instant, and the last one before the next.
        ("2026-05-04T08:12", "2026-06-04T08:12", 4, "2026-05-04T08:12", "05-04", "06-04"),
        ("2026-05-04T08:12", "2026-06-04T08:12", 4, "2026-06-04T08:11:59", "05-04", "06-04"),
        # Nobody has told of the renewal yet: it has begun all the same.
        ("2026-05-04T08:12", "2026-06-04T08:12", 4, "2026-06-04T08:12", "06-04", "07-04"),
        ("2026-05-04T08:12", "2026-06-04T08:12", 4, "2026-08-10T00:00", "08-04", "09-04"),
        # The 31st, where the month has one.
        ("2026-01-31T10:00", "2026-02-28T10:00", 31, "2026-02-01T00:00", "01-31", "02-28"),
        ("2026-02-28T10:00", "2026-03-31T10:00", 31, "2026-03-30T00:00", "02-28", "03-31"),
        ("2026-02-28T10:00", "2026-03-28T10:00", 28, "2026-03-27T00:00", "02-28", "03-28"),
        # A yearly plan is cut into months.
        ("2026-01-31T10:00", "2027-01-31T10:00", 31, "2026-02-28T09:59", "01-31", "02-28"),
        ("2026-01-31T10:00", "2027-01-31T10:00", 31, "2026-02-28T10:00", "02-28", "03-31"),
        ("2026-01-31T10:00", "2027-01-31T10:00", 31, "2026-12-31T11:00", "12-31", "01-31"),
        # A trial of a week, whose subscription is anchored at its end.
        ("2026-05-05T09:00", "2026-05-12T09:00", 12, "2026-05-08T00:00", "05-05", "05-12"),
        ("2026-05-05T09:00", "2026-05-12T09:00", 12, "2026-05-13T00:00", "05-12", "06-12"),
    ],
)
def test_a_month_begins_on_its_day(
    start: str, end: str, anchor: int, at: str, first: str, last: str
) -> None:
    found = paid_month(_at(start), _at(end), anchor, _at(at))
    assert [each.strftime("%m-%d") for each in found] == [first, last]
    assert {each.time() for each in found} == {_at(start).time()}


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(start=moments, days=st.integers(1, 366), after=st.integers(0, 900))
def test_periods_hold_the_instant_and_meet(start: datetime, days: int, after: int) -> None:
    end, at = start + timedelta(days=days), start + timedelta(days=after)
    first, last = paid_month(start, end, start.day, at)
    assert first <= at < last
    assert last - first <= timedelta(days=31)
    following, _end = paid_month(start, end, start.day, last)
    assert following == last
    assert paid_month(start, end, start.day, first) == (first, last)
