"""What tokens cost, in Decimal US dollars: genai-prices, with the operator's overrides first."""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from ai.providers.base import ModelRef, Usage

PER_MILLION = Decimal(1_000_000)
CENT_FRACTION = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: Decimal
    cached_input: Decimal
    output: Decimal


@lru_cache(maxsize=8)
def _overrides(path: str) -> dict[str, Price]:
    """`{"provider:model": {"input": "0.1", "cachedInput": "0.01", "output": "0.5"}}`."""
    if not path:
        return {}
    entries = json.loads(Path(path).read_text(encoding="utf-8"))
    return {
        ref: Price(
            Decimal(entry["input"]),
            Decimal(entry.get("cachedInput", entry["input"])),
            Decimal(entry["output"]),
        )
        for ref, entry in entries.items()
    }


def cost_usd(ref: ModelRef, usage: Usage) -> Decimal:
    """The cost of a call, to 8 decimals. Unknown counts are taken as 0.

    Raises LookupError for a model without a price: free it is not.
    """
    fresh, cached, output = _buckets(usage)
    if ref.provider == "local":
        return Decimal(0)
    if price := _overrides(settings.AI_PRICES_FILE).get(str(ref)):
        total = price.input * fresh + price.cached_input * cached + price.output * output
        return (total / PER_MILLION).quantize(CENT_FRACTION)
    priced = PricedUsage(
        input_tokens=fresh + cached, cache_read_tokens=cached, output_tokens=output
    )
    calculation = calc_price(priced, model_ref=ref.model, provider_id=ref.provider)
    return Decimal(calculation.total_price).quantize(CENT_FRACTION)


def _buckets(usage: Usage) -> tuple[int, int, int]:
    """(fresh input, cached input, output): disjoint, so that nothing is billed twice."""
    cached = usage.cached_input_tokens or 0
    return max(0, (usage.input_tokens or 0) - cached), cached, usage.output_tokens or 0


@lru_cache(maxsize=256)
def _is_priced(ref: ModelRef, prices_file: str) -> bool:
    try:
        cost_usd(ref, Usage(1, 0, 1))
    except LookupError:
        return False
    return True


def has_price(ref: ModelRef) -> bool:
    """Whether the price of a model is known."""
    return _is_priced(ref, settings.AI_PRICES_FILE)


def upper_bound_usd(refs: tuple[ModelRef, ...], *, input_tokens: int, output: int) -> Decimal:
    """What the dearest of these models would cost at most, for a reservation."""
    usage = Usage(input_tokens, 0, output)
    return max((cost_usd(ref, usage) for ref in refs), default=Decimal(0))
