"""What tokens cost, in Decimal US dollars: the operator's prices first, then genai-prices.

A price is per million tokens of one bucket (disjoint, so that nothing is billed twice) and carries
whose it is, so that a row of the ledger can say what was applied to it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from django.conf import settings
from genai_prices import Usage as PricedUsage
from genai_prices import calc_price
from genai_prices.types import ModelInfo, TieredPrices

from ai.prices_file import BadPrices, Price, operator_prices
from ai.providers.base import ModelRef, Usage

__all__ = ("NoPrice", "Price", "Priced", "has_price", "price", "price_of", "upper_bound_usd")

PER_MILLION = Decimal(1_000_000)
CENT_FRACTION = Decimal("0.00000001")
DECLARED = Price(Decimal(0), Decimal(0), Decimal(0), Decimal(0), "declared")
LISTED = f"genai-prices {version('genai-prices')}"


class NoPrice(LookupError):
    """Nobody knows what the model costs: it is not called, since free it is not."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What a call cost, to 8 decimals, and the price that was applied."""

    cost_usd: Decimal
    price: Price


def price_of(ref: ModelRef, *, input_tokens: int = 0) -> Price:
    """The price of a model today, for a request of that length. Raises NoPrice."""
    if ref.provider == "local":
        return DECLARED
    try:
        stated = operator_prices(settings.AI_PRICES_FILE).get(str(ref))
    except BadPrices as error:
        # The system check says what is wrong; until then, nothing is sold at a wrong price.
        raise NoPrice(str(ref)) from error
    if stated is not None:
        return stated
    listed = listed_model(ref)
    if listed is None:
        raise NoPrice(str(ref))
    return _listed_price(listed, input_tokens)


def price(ref: ModelRef, usage: Usage) -> Priced:
    """What a call cost. Unknown counts are taken as 0. Raises NoPrice."""
    applied = price_of(ref, input_tokens=usage.input_tokens or 0)
    total = (
        applied.input * (usage.fresh_input_tokens or 0)
        + applied.cache_read * (usage.cache_read_tokens or 0)
        + applied.cache_write * (usage.cache_write_tokens or 0)
        + applied.output * (usage.output_tokens or 0)
    )
    return Priced((total / PER_MILLION).quantize(CENT_FRACTION), applied)


def cost_usd(ref: ModelRef, usage: Usage) -> Decimal:
    """What a call cost, without whose price it was. Raises NoPrice."""
    return price(ref, usage).cost_usd


def has_price(ref: ModelRef) -> bool:
    """Whether the price of a model is known."""
    try:
        price_of(ref)
    except NoPrice:
        return False
    return True


def upper_bound_usd(refs: tuple[ModelRef, ...], *, input_tokens: int, output: int) -> Decimal:
    """What the dearest of these models would cost at most, for a reservation. Raises NoPrice."""
    bounds = []
    for ref in refs:
        applied = price_of(ref, input_tokens=input_tokens)
        # Writing a cache costs more than reading fresh, and the vendor decides which it was.
        dearest = max(applied.input, applied.cache_read, applied.cache_write)
        bounds.append((dearest * input_tokens + applied.output * output) / PER_MILLION)
    return max(bounds, default=Decimal(0)).quantize(CENT_FRACTION)


def listed_model(ref: ModelRef) -> ModelInfo | None:
    """What genai-prices knows of a model, by its provider's name; None for what it does not."""
    facts = settings.AI_PROVIDERS.get(ref.provider, {})
    return _find(ref, facts.get("base_url", ""))


@lru_cache(maxsize=512)
def _find(ref: ModelRef, base_url: str) -> ModelInfo | None:
    # A compatible server that the list knows by its address has prices of its own.
    by_address: dict[str, Any] = {"provider_api_url": base_url}
    by_name: dict[str, Any] = {"provider_id": ref.provider}
    nothing = PricedUsage(input_tokens=0, output_tokens=0)
    for where in (by_address, by_name) if ref.provider == "openai" and base_url else (by_name,):
        try:
            return calc_price(nothing, model_ref=ref.model, **where).model
        except LookupError as error:
            if where is by_address and not str(error).startswith("Unable to find provider"):
                return None
    return None


def _listed_price(model: ModelInfo, input_tokens: int) -> Price:
    """Read from the list each time: a price may begin on a day or change with the hour."""
    listed = model.get_prices(datetime.now(UTC))

    def rate(value: Decimal | TieredPrices | None) -> Decimal | None:
        if not isinstance(value, TieredPrices):
            return value
        # A tier is a cliff: past its start all tokens of the request cost that much.
        reached = [tier.price for tier in value.tiers if input_tokens > tier.start]
        return reached[-1] if reached else value.base

    fresh, output = rate(listed.input_mtok), rate(listed.output_mtok)
    if fresh is None or output is None:
        raise NoPrice(model.id)
    read, write = rate(listed.cache_read_mtok), rate(listed.cache_write_mtok)
    return Price(
        fresh, fresh if read is None else read, fresh if write is None else write, output, LISTED
    )
