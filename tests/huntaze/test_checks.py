"""An unsafe boot is refused, in sentences."""

from typing import Any

import pytest

from huntaze import checks


@pytest.mark.parametrize(
    ("processes", "redis", "ids"),
    [
        (1, "", []),
        (2, "", ["huntaze.E001"]),
        (2, "redis://127.0.0.1", []),
    ],
)
def test_many_processes_need_redis(
    settings: Any, processes: int, redis: str, ids: list[str]
) -> None:
    settings.WEB_CONCURRENCY, settings.REDIS_URL = processes, redis
    assert [each.id for each in checks.check_concurrency()] == ids


@pytest.mark.parametrize(
    ("url", "ids"),
    [
        ("http://localhost:8000", []),
        ("https://studio.example.com", []),
        ("studio.example.com", ["huntaze.E002"]),
        ("ftp://studio.example.com", ["huntaze.E002"]),
        ("https://", ["huntaze.E002"]),
    ],
)
def test_the_site_has_an_address(settings: Any, url: str, ids: list[str]) -> None:
    settings.SITE_URL = url
    assert [each.id for each in checks.check_site_url()] == ids


@pytest.mark.parametrize("name", ["AI_MINI_MODELS", "AI_FULL_MODELS"])
def test_models_are_written_with_their_provider(settings: Any, name: str) -> None:
    setattr(settings, name, ["openai:gpt", "gpt"])
    [found] = checks.check_model_lists()
    assert found.id == "huntaze.E003"
    assert name in found.msg


@pytest.mark.parametrize(("key", "ids"), [("x" * 50, []), ("", ["huntaze.E004"])])
def test_nothing_is_signed_without_a_key(settings: Any, key: str, ids: list[str]) -> None:
    settings.SECRET_KEY = key
    assert [each.id for each in checks.check_secret_key()] == ids
    assert [each.id for each in checks.refusals()] == ids


def test_a_price_sells_one_thing(settings: Any) -> None:
    settings.STRIPE_PRICE_IDS = {("PRO", "month"): "price_1", ("PRO", "year"): "price_2"}
    assert checks.check_sold_prices() == []
    settings.STRIPE_PRICE_IDS |= {("ENTERPRISE", "month"): "price_2", ("ENTERPRISE", "year"): ""}
    [found] = checks.check_sold_prices()
    assert (found.id, found.msg) == ("huntaze.E006", "price_2 sells two things.")


@pytest.mark.parametrize(
    ("key", "secrets", "price", "ids"),
    [
        ("", [], "", []),
        ("sk_test_1", ["whsec_1"], "price_1", []),
        ("rk_live_1", ["whsec_1"], "price_1", []),
        ("pk_test_1", ["whsec_1"], "price_1", ["huntaze.W003"]),
        ("sk_test_1", [], "", ["huntaze.W004", "huntaze.W005"]),
    ],
)
def test_what_selling_needs_beside_the_key(
    settings: Any, key: str, secrets: list[str], price: str, ids: list[str]
) -> None:
    settings.STRIPE_LIVE_SECRET_KEY, settings.STRIPE_TEST_SECRET_KEY = "", key
    settings.STRIPE_WEBHOOK_SECRETS = secrets
    settings.STRIPE_PRICE_IDS = {("PRO", "month"): price}
    found = checks.check_payments()
    assert [each.id for each in found] == ids
    # A key never stands in an error, not even a wrong one.
    assert not key or not any(key in each.msg for each in found)
