"""What tokens cost: exact decimals, nothing billed twice, nothing free by accident."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.pricing import Price, cost_usd, has_price, upper_bound_usd
from ai.providers.base import ModelRef, Usage
from ai.registry import DEFAULTS, model_status, parse_ref, tier_models

REF = ModelRef("acme", "one")
counts = st.none() | st.integers(0, 10_000_000)


@pytest.fixture
def prices(settings: Any, tmp_path: Path) -> None:
    """One model with round prices, cached input at a tenth; another without a cached price."""
    path = tmp_path / "prices.json"
    entries = {
        "acme:one": {"input": "1", "cachedInput": "0.1", "output": "2"},
        "acme:two": {"input": "3", "output": "4"},
    }
    path.write_text(json.dumps(entries))
    settings.AI_PRICES_FILE = str(path)


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (Usage(1_000_000, 0, 0), "1"),
        (Usage(0, 0, 1_000_000), "2"),
        (Usage(1_000_000, 1_000_000, 0), "0.1"),
        (Usage(1_000_000, 400_000, 500_000), "1.64"),
        (Usage(100, 200, 0), "0.00002"),
        (Usage(1, 0, 0), "0.000001"),
        (Usage(None, None, None), "0"),
        (Usage(None, None, 10), "0.00002"),
    ],
)
def test_a_call_costs(prices: None, usage: Usage, cost: str) -> None:
    assert cost_usd(REF, usage) == Decimal(cost)


def test_without_a_cached_price_cached_input_costs_as_input(prices: None) -> None:
    assert cost_usd(ModelRef("acme", "two"), Usage(1_000_000, 1_000_000, 0)) == Decimal(3)


def test_a_model_without_a_price_is_not_free() -> None:
    unknown = ModelRef("openai", "no-such-model-of-theirs")
    assert not has_price(unknown)
    with pytest.raises(LookupError):
        cost_usd(unknown, Usage(1, 0, 1))


def test_the_model_on_this_machine_is_free_by_declaration() -> None:
    assert cost_usd(ModelRef("local", "anything"), Usage(9_999, 0, 9_999)) == 0


def test_the_default_models_have_prices_and_full_costs_more() -> None:
    usage = Usage(1_000, 0, 1_000)
    for name, tiers in DEFAULTS.items():
        costs = {
            tier: [cost_usd(ModelRef(name, model), usage) for model in models]
            for tier, models in tiers.items()
        }
        assert all(cost > 0 for each in costs.values() for cost in each)
        assert max(costs["mini"]) < min(costs["full"])


@given(counts, counts, counts)
def test_a_cost_is_never_negative_and_never_above_its_bound(
    tokens: int | None, cached: int | None, output: int | None
) -> None:
    price = Price(Decimal("0.15"), Decimal("0.05"), Decimal("0.6"))
    cached = min(cached or 0, tokens or 0)
    usage = Usage(tokens, cached, output)
    fresh = (tokens or 0) - cached
    from ai import pricing

    assert pricing._buckets(usage) == (fresh, cached, output or 0)
    total = price.input * fresh + price.cached_input * cached + price.output * (output or 0)
    assert 0 <= total <= price.input * (tokens or 0) + price.output * (output or 0)


def test_a_bound_is_that_of_the_dearest(prices: None) -> None:
    refs = (REF, ModelRef("acme", "two"))
    assert upper_bound_usd(refs, input_tokens=1_000_000, output=1_000_000) == Decimal(7)


@pytest.mark.parametrize("text", ["", ":", "openai", "openai:", ":gpt"])
def test_a_model_is_written_with_its_provider(text: str) -> None:
    with pytest.raises(ValueError, match="provider:model"):
        parse_ref(text)
    assert str(parse_ref("local:llama:8b")) == "local:llama:8b"


def test_a_tier_holds_what_is_configured_and_priced(settings: Any, prices: None) -> None:
    settings.AI_PROVIDERS = {"acme": {"api_key": "k", "base_url": "u"}}
    settings.AI_MINI_MODELS = ["acme:two", "other:model", "acme:unpriced", "acme:one"]
    settings.AI_FULL_MODELS = []
    assert [str(ref) for ref in tier_models("mini")] == ["acme:two", "acme:one"]
    assert tier_models("full") == ()
    assert model_status().model == "two"


def test_with_no_key_the_machine_itself_answers(settings: Any) -> None:
    settings.AI_MINI_MODELS = settings.AI_FULL_MODELS = []
    settings.AI_PROVIDERS = {}
    assert tier_models("mini") == ()
    assert not model_status().is_configured
    settings.AI_PROVIDERS = {"local": {"api_key": "local", "base_url": "u", "model": "smol"}}
    assert tier_models("mini") == (ModelRef("local", "smol"),)
    assert model_status().is_local
