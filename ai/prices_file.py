"""The operator's prices (AI_PRICES_FILE), which come before every list.

    {"openai:gpt-6-luna": {"input": "0.1", "cachedInput": "0.01",
                           "cacheWrite": "0.125", "output": "0.5"}}

US dollars per million tokens; cached input and cache writes cost as input unless they are named.
"""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

# The first two are needed; what the others are called in `Price`.
FIELDS = {"input": "input", "output": "output"}
OPTIONAL_FIELDS = {"cachedInput": "cache_read", "cacheWrite": "cache_write"}
MAX_USD = Decimal(100_000)
# As the ledger keeps them.
MAX_DECIMALS = 8


class BadPrices(ValueError):
    """The file cannot be used; the sentence says where and why."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens of each bucket, and whose price it is."""

    input: Decimal
    cache_read: Decimal
    cache_write: Decimal
    output: Decimal
    source: str


@lru_cache(maxsize=8)
def operator_prices(path: str) -> dict[str, Price]:
    """The prices in the file by `provider:model`; none without a file. Raises BadPrices."""
    if not path:
        return {}
    try:
        entries = json.loads(Path(path).read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise BadPrices(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise BadPrices(f"{path} is no JSON: {error}.") from error
    if not isinstance(entries, dict):
        raise BadPrices(f"{path} holds no object of provider:model.")
    return {ref: _price(ref, entry) for ref, entry in entries.items()}


def _price(ref: str, entry: Any) -> Price:
    provider, _colon, model = ref.partition(":")
    if not (provider and model):
        raise BadPrices(f"{ref!r} is not of the form provider:model.")
    if not isinstance(entry, dict):
        raise BadPrices(f"{ref} has no object of prices.")
    if unknown := sorted(set(entry) - set(FIELDS) - set(OPTIONAL_FIELDS)):
        known = ", ".join([*FIELDS, *OPTIONAL_FIELDS])
        raise BadPrices(f"{ref} names {', '.join(unknown)}; known are {known}.")
    if missing := sorted(set(FIELDS) - set(entry)):
        raise BadPrices(f"{ref} has no price for {' and '.join(missing)}.")
    names = {**FIELDS, **OPTIONAL_FIELDS}
    found = {names[key]: _usd(ref, key, value) for key, value in entry.items()}
    fresh = found["input"]
    return Price(
        fresh,
        found.get("cache_read", fresh),
        found.get("cache_write", fresh),
        found["output"],
        "operator",
    )


def _usd(ref: str, key: str, value: Any) -> Decimal:
    try:
        amount = Decimal(value) if isinstance(value, str | int | Decimal) else None
    except InvalidOperation:
        amount = None
    if amount is None or isinstance(value, bool) or not amount.is_finite():
        raise BadPrices(f"{ref}: {key} is no number of dollars.")
    exponent = amount.normalize().as_tuple().exponent
    if not 0 <= amount <= MAX_USD or (isinstance(exponent, int) and -exponent > MAX_DECIMALS):
        message = f"{ref}: {key} must lie between 0 and {MAX_USD}, with {MAX_DECIMALS} decimals."
        raise BadPrices(message)
    return amount
