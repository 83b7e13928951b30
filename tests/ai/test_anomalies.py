"""What stands out: above the mean by two standard deviations, and over a floor."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.anomalies import DAY_FLOOR_USD, limit, unusual, usual

AMOUNTS = st.lists(st.decimals(0, 100, places=8), min_size=1, max_size=40)


def _days(*amounts: str, of: int = 30) -> list[Decimal]:
    return [*map(Decimal, amounts), *[Decimal(0)] * (of - len(amounts))]


def test_one_dear_day_of_thirty_stands_out() -> None:
    judged = usual("bob", _days("2"))
    assert judged.beyond == ((0, Decimal(2)),)
    assert judged.mean_usd == Decimal(2) / 30


@pytest.mark.parametrize(
    "days",
    [_days("0.50"), _days(*["3"] * 30), _days(), [], _days("1", "1.1", "0.9", of=3)],
    ids=["at the floor", "as every day", "nothing", "no days", "within its spread"],
)
def test_nothing_else_does(days: list[Decimal]) -> None:
    assert usual("bob", days).beyond == ()


def test_the_limit_is_the_greater_of_the_two() -> None:
    assert limit(Decimal(1), Decimal("0.25"), DAY_FLOOR_USD) == Decimal("1.50")
    assert limit(Decimal("0.01"), Decimal("0.01"), DAY_FLOOR_USD) == DAY_FLOOR_USD


def test_only_who_stands_out_is_named() -> None:
    assert [each.key for each in unusual({"a": _days("9"), "b": _days("0.1")})] == ["a"]


@given(AMOUNTS)
def test_what_is_beyond_is_beyond_both(amounts: list[Decimal]) -> None:
    judged = usual("x", amounts)
    for place, amount in judged.beyond:
        assert amount == amounts[place] > max(judged.mean_usd, DAY_FLOOR_USD)
    # Chebyshev: at most a quarter lies two deviations away.
    assert len(judged.beyond) * 4 <= len(amounts)
