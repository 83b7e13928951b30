"""Refuses an unsafe boot, in sentences."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.core.exceptions import ImproperlyConfigured


def check_concurrency(**_kwargs: Any) -> list[CheckMessage]:
    """More than one process must not keep limits, news and streams in memory of its own."""
    if settings.WEB_CONCURRENCY > 1 and not settings.REDIS_URL:
        message = "WEB_CONCURRENCY is above 1 and REDIS_URL is not set."
        hint = "Set REDIS_URL, or run one web process."
        return [Error(message, hint=hint, id="huntaze.E001")]
    return []


def check_secret_key(**_kwargs: Any) -> list[CheckMessage]:
    """Sessions and digests are signed by it; Django itself asks only when it needs it first."""
    try:
        has_key = bool(settings.SECRET_KEY)
    except ImproperlyConfigured:
        has_key = False
    hint = "Set it to a long random value; `make run` writes one into .env."
    return [] if has_key else [Error("SECRET_KEY is not set.", hint=hint, id="huntaze.E004")]


def check_site_url(**_kwargs: Any) -> list[CheckMessage]:
    """Links in mails and redirects are made from SITE_URL."""
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme in {"http", "https"} and parts.hostname:
        return []
    return [Error("SITE_URL is not an http(s) address.", id="huntaze.E002")]


def check_model_lists(**_kwargs: Any) -> list[CheckMessage]:
    """AI_MINI_MODELS and AI_FULL_MODELS hold provider:model."""
    from ai.registry import parse_ref

    errors: list[CheckMessage] = []
    for name in ("AI_MINI_MODELS", "AI_FULL_MODELS"):
        for text in getattr(settings, name):
            try:
                parse_ref(text)
            except ValueError as error:
                errors.append(Error(f"{name}: {error}", id="huntaze.E003"))
    return errors


def check_prices(**_kwargs: Any) -> list[CheckMessage]:
    """AI_PRICES_FILE can be read and holds prices."""
    from ai.prices_file import BadPrices, operator_prices

    try:
        operator_prices(settings.AI_PRICES_FILE)
    except BadPrices as error:
        return [Error(f"AI_PRICES_FILE: {error}", id="huntaze.E005")]
    return []


def check_models_can_be_called(**_kwargs: Any) -> list[CheckMessage]:
    """What is listed but never asked: its provider is not configured, or nobody knows its price."""
    from ai.pricing import has_price
    from ai.registry import chosen_models

    if check_model_lists() or check_prices():
        return []
    warnings: list[CheckMessage] = []
    for tier in ("mini", "full"):
        for ref in chosen_models(tier):
            if ref.provider not in settings.AI_PROVIDERS:
                message = f"{ref} is never asked: its provider is not configured."
                warnings.append(Warning(message, id="huntaze.W001"))
            elif not has_price(ref):
                hint = "Name its price in AI_PRICES_FILE."
                message = f"{ref} is never asked: nobody knows its price."
                warnings.append(Warning(message, hint=hint, id="huntaze.W002"))
    return warnings


def check_sold_prices(**_kwargs: Any) -> list[CheckMessage]:
    """A price sells one plan at one interval."""
    ids = [each for each in settings.STRIPE_PRICE_IDS.values() if each]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    hint = "Each of STRIPE_*_PRICE_ID names a price of its own."
    return [Error(f"{each} sells two things.", hint=hint, id="huntaze.E006") for each in twice]


def check_payments(**_kwargs: Any) -> list[CheckMessage]:
    """What is needed to sell plans, beside the key."""
    key = settings.STRIPE_LIVE_SECRET_KEY or settings.STRIPE_TEST_SECRET_KEY
    if not key:
        return []
    found: list[tuple[str, str, str]] = []
    if not key.startswith(("sk_live_", "sk_test_", "rk_live_", "rk_test_")):
        found.append(("W003", "STRIPE_SECRET_KEY is no secret key.", "It begins with sk_ or rk_."))
    hint = "`manage.py billing_setup` makes them and prints the variables."
    if not settings.STRIPE_WEBHOOK_SECRETS:
        missing = "STRIPE_WEBHOOK_SECRET is not set: what is paid is seen every six hours only."
        found.append(("W004", missing, hint))
    if not any(settings.STRIPE_PRICE_IDS.values()):
        found.append(("W005", "No price is set, so nobody can buy a plan.", hint))
    return [Warning(said, hint=hint, id=f"huntaze.{number}") for number, said, hint in found]


OURS: tuple[Callable[..., list[CheckMessage]], ...] = (
    check_secret_key,
    check_concurrency,
    check_site_url,
    check_model_lists,
    check_prices,
    check_sold_prices,
)


def refusals() -> list[CheckMessage]:
    """What no web process starts with, whoever starts it: servers do not run Django's checks."""
    return [found for check in OURS for found in check()]


def register_all() -> None:
    """Called once, when the app is ready."""
    for check in (*OURS, check_models_can_be_called, check_payments):
        register(check, Tags.compatibility)
