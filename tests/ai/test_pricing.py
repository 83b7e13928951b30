"""What tokens cost: exact decimals, nothing billed twice, nothing free by accident."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices import Usage as PricedUsage
from genai_prices import calc_price
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ai import prices_file
from ai.prices_file import BadPrices, operator_prices
from ai.pricing import NoPrice, Price, cost_usd, has_price, price, price_of, upper_bound_usd
from ai.providers.base import ModelRef, Usage
from ai.registry import DEFAULTS, model_status, parse_ref, tier_models
from huntaze.checks import check_models_can_be_called, check_prices

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
        (Usage(0, 1_000_000, 0), "0.1"),
        (Usage(600_000, 400_000, 500_000), "1.64"),
        (Usage(0, 200, 0), "0.00002"),
        (Usage(1, 0, 0), "0.000001"),
        (Usage(None, None, None), "0"),
        (Usage(None, None, 10), "0.00002"),
    ],
)
def test_a_call_costs(prices: None, usage: Usage, cost: str) -> None:
    assert cost_usd(REF, usage) == Decimal(cost)


def test_without_a_cached_price_cached_input_costs_as_input(prices: None) -> None:
    assert cost_usd(ModelRef("acme", "two"), Usage(0, 1_000_000, 0)) == Decimal(3)


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


@hypothesis_settings(deadline=None)
@given(counts, counts, counts, counts)
def test_a_cost_is_never_negative_and_never_above_its_bound(
    fresh: int | None, read: int | None, written: int | None, output: int | None
) -> None:
    usage = Usage(fresh, read, output, written)
    for ref in (ModelRef("openai", "gpt-6-luna"), ModelRef("anthropic", "claude-haiku-5-5")):
        bound = upper_bound_usd((ref,), input_tokens=usage.input_tokens or 0, output=output or 0)
        assert 0 <= price(ref, usage).cost_usd <= bound


@hypothesis_settings(deadline=None)
@given(
    st.sampled_from(["gpt-6-luna", "gpt-6-sol", "gpt-4o-mini"]), *[counts.map(lambda n: n or 0)] * 3
)
def test_the_list_itself_reckons_the_same(model: str, fresh: int, read: int, output: int) -> None:
    theirs = calc_price(
        PricedUsage(input_tokens=fresh + read, cache_read_tokens=read, output_tokens=output),
        model_ref=model,
        provider_id="openai",
    )
    ours = price(ModelRef("openai", model), Usage(fresh, read, output)).cost_usd
    assert ours == theirs.total_price.quantize(Decimal("0.00000001"))


def test_the_price_that_was_applied_says_whose_it_is(prices: None) -> None:
    assert price_of(REF).source == "operator"
    assert price_of(ModelRef("local", "x")).source == "declared"
    assert price_of(ModelRef("openai", "gpt-6-luna")).source.startswith("genai-prices ")


def test_a_long_request_costs_as_its_tier_says() -> None:
    ref = ModelRef("openai", "gpt-6-luna")
    short, long = price_of(ref, input_tokens=1_000), price_of(ref, input_tokens=900_000)
    assert long.input > short.input
    assert price(ref, Usage(900_000, 0, 0)).cost_usd == long.input * Decimal("0.9")


def test_writing_a_cache_costs_as_the_vendor_says() -> None:
    ref = ModelRef("anthropic", "claude-opus-5-5")
    applied = price_of(ref)
    assert applied.cache_read < applied.input < applied.cache_write
    assert price(ref, Usage(0, 0, 0, 1_000_000)).cost_usd == applied.cache_write


def test_a_compatible_server_has_its_own_prices(settings: Any) -> None:
    ref = ModelRef("openai", "gpt-6-luna")
    settings.AI_PROVIDERS = {"openai": {"base_url": "https://api.groq.com/openai/v1"}}
    assert not has_price(ref)
    settings.AI_PROVIDERS = {"openai": {"base_url": "http://127.0.0.1:1/v1"}}
    assert has_price(ref)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "no JSON"),
        ("[]", "no object of provider:model"),
        ('{"gpt": {}}', "form provider:model"),
        ('{"a:b": 5}', "no object of prices"),
        ('{"a:b": {"input": "1"}}', "no price for output"),
        ('{"a:b": {"input": "1", "output": "1", "cachedinput": "1"}}', "names cachedinput"),
        ('{"a:b": {"input": "one", "output": "1"}}', "no number"),
        ('{"a:b": {"input": true, "output": "1"}}', "no number"),
        ('{"a:b": {"input": NaN, "output": "1"}}', "no number"),
        ('{"a:b": {"input": "-1", "output": "1"}}', "between 0"),
        ('{"a:b": {"input": "0.000000001", "output": "1"}}', "8 decimals"),
    ],
)
def test_a_bad_file_says_where_and_sells_nothing(
    settings: Any, tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(BadPrices, match=complaint):
        operator_prices(str(path))
    settings.AI_PRICES_FILE = str(path)
    with pytest.raises(NoPrice):
        price_of(ModelRef("openai", "gpt-6-luna"))
    (error,) = check_prices()
    assert error.id == "huntaze.E005"
    assert complaint in error.msg


def test_a_file_that_is_not_there_is_said_so(settings: Any) -> None:
    settings.AI_PRICES_FILE = "/nowhere/prices.json"
    assert "cannot be read" in check_prices()[0].msg
    settings.AI_PRICES_FILE = ""
    assert check_prices() == []


def test_numbers_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text('{"a:b": {"input": 0.1, "output": 3, "cacheWrite": "0.125"}}')
    found = prices_file.operator_prices(str(path))["a:b"]
    assert found == Price(Decimal("0.1"), Decimal("0.1"), Decimal("0.125"), Decimal(3), "operator")


def test_a_bound_is_that_of_the_dearest(prices: None) -> None:
    refs = (REF, ModelRef("acme", "two"))
    assert upper_bound_usd(refs, input_tokens=1_000_000, output=1_000_000) == Decimal(7)


@pytest.mark.parametrize("text", ["", ":", "openai", "openai:", ":gpt"])
def test_a_model_is_written_with_its_provider(text: str) -> None:
    with pytest.raises(ValueError, match="provider:model"):
        parse_ref(text)
    assert str(parse_ref("local:llama:8b")) == "local:llama:8b"


def test_a_tier_holds_what_is_configured_and_priced(db: None, settings: Any, prices: None) -> None:
    settings.AI_PROVIDERS = {"acme": {"api_key": "k", "base_url": "u"}}
    settings.AI_MINI_MODELS = ["acme:two", "other:model", "acme:unpriced", "acme:one"]
    settings.AI_FULL_MODELS = []
    assert [str(ref) for ref in tier_models("mini")] == ["acme:two", "acme:one"]
    assert tier_models("full") == ()
    assert model_status().model == "two"


def test_with_no_key_the_machine_itself_answers(db: None, settings: Any) -> None:
    settings.AI_MINI_MODELS = settings.AI_FULL_MODELS = []
    settings.AI_PROVIDERS = {}
    assert tier_models("mini") == ()
    assert not model_status().is_configured
    settings.AI_PROVIDERS = {"local": {"api_key": "local", "base_url": "u", "model": "smol"}}
    assert tier_models("mini") == (ModelRef("local", "smol"),)
    assert model_status().is_local


def test_a_model_that_is_never_asked_is_warned_of(settings: Any, scripted: Any) -> None:
    settings.AI_MINI_MODELS = ["fake:mini-1", "fake:nobody-knows", "openai:gpt-6-luna"]
    settings.AI_FULL_MODELS = ["fake:full-1"]
    found = {warning.id: warning.msg for warning in check_models_can_be_called()}
    assert set(found) == {"huntaze.W001", "huntaze.W002"}
    assert "openai:gpt-6-luna" in found["huntaze.W001"]
    assert "fake:nobody-knows" in found["huntaze.W002"]
