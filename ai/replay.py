"""Decides exported generations once more: what another router would have chosen. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ai.features import VERSION
from ai.routing import Tier, choose

Decider = Callable[[dict[str, Any]], tuple[Tier, str]]


@dataclass(slots=True)
class Replay:
    """Rows and US dollars; the costs are what the answers' tokens cost on the tier chosen.

    `skipped`: without features of this meaning, or without a price.
    """

    rows: int = 0
    skipped: int = 0
    same: int = 0
    to_full: int = 0
    to_mini: int = 0
    full: int = 0
    cost_usd: Decimal = Decimal(0)
    always_mini_usd: Decimal = Decimal(0)
    always_full_usd: Decimal = Decimal(0)

    @property
    def saved_percent(self) -> Decimal:
        """Against always-full."""
        if not self.always_full_usd:
            return Decimal(0)
        return (1 - self.cost_usd / self.always_full_usd) * 100


def replay(rows: Iterable[dict[str, Any]], decide: Decider = choose) -> Replay:
    """Run a decision over exported rows. Reused answers asked nobody and are skipped."""
    found = Replay()
    for row in rows:
        seen = row["features"]
        prices = (row["cost_if_mini_usd"], row["cost_if_full_usd"])
        if row["is_reused"] or seen.get("version") != VERSION or None in prices:
            found.skipped += 1
            continue
        tier, _rule = decide(seen)
        found.rows += 1
        found.same += tier == seen["tier"]
        found.to_full += tier == "full" != seen["tier"]
        found.to_mini += tier == "mini" != seen["tier"]
        found.full += tier == "full"
        mini, full = (Decimal(price) for price in prices)
        found.always_mini_usd += mini
        found.always_full_usd += full
        found.cost_usd += full if tier == "full" else mini
    return found
