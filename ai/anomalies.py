"""What stands out in the spending: above the mean by two standard deviations, and over a floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

SIGMAS = 2
# Below these nobody minds, however unusual it is.
DAY_FLOOR_USD = Decimal("0.50")
GENERATION_FLOOR_USD = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Usual[Key]:
    """What is usual, and what went beyond: (place in the series, US dollars)."""

    key: Key
    mean_usd: Decimal
    limit_usd: Decimal
    beyond: tuple[tuple[int, Decimal], ...]


def limit(mean: Decimal, deviation: Decimal, floor: Decimal) -> Decimal:
    """What an amount must exceed to stand out."""
    return max(mean + SIGMAS * deviation, floor)


def usual[Key](
    key: Key, amounts: Sequence[Decimal], *, floor: Decimal = DAY_FLOOR_USD
) -> Usual[Key]:
    """Judge a series by its own mean and standard deviation (of the whole, not of a sample).

    A day without spending is a 0 in the series: who spends on one day of thirty stands out.
    """
    if not amounts:
        return Usual(key, Decimal(0), floor, ())
    mean = sum(amounts, Decimal(0)) / len(amounts)
    variance = sum(((amount - mean) ** 2 for amount in amounts), Decimal(0)) / len(amounts)
    most = limit(mean, variance.sqrt(), floor)
    beyond = tuple((place, amount) for place, amount in enumerate(amounts) if amount > most)
    return Usual(key, mean, most, beyond)


def unusual[Key](
    series: Mapping[Key, Sequence[Decimal]], *, floor: Decimal = DAY_FLOOR_USD
) -> list[Usual[Key]]:
    """Those that have something beyond what is usual for them."""
    judged = (usual(key, amounts, floor=floor) for key, amounts in series.items())
    return [each for each in judged if each.beyond]
