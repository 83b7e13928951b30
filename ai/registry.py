"""Which models are at hand: the configured providers, and each tier's list."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from ai.pricing import has_price, listed_model
from ai.providers.base import ModelRef, Provider
from ai.switches import is_switched_off
from ai.tokens import warm_up as load_vocabulary

# First choice first; the rest are fallbacks. By price and generation on the pinned price list. On
# Azure they are names of deployments, which people mostly name for the model.
DEFAULTS: dict[str, dict[str, tuple[str, ...]]] = {
    "openai": {"mini": ("gpt-6-luna", "gpt-5-nano"), "full": ("gpt-6.1-sol", "gpt-6-sol")},
    "azure": {"mini": ("gpt-6-luna",), "full": ("gpt-6.1-sol",)},
    "anthropic": {"mini": ("claude-haiku-5-5",), "full": ("claude-sonnet-5-5", "claude-sonnet-5")},
}
VENDORS = {"api.openai.com": "OpenAI", "api.anthropic.com": "Anthropic"}

_providers: dict[str, Provider] = {}


def provider(name: str) -> Provider:
    """The client of a configured provider, one per process. Raises KeyError for another."""
    if name not in _providers:
        _providers[name] = _make(name, settings.AI_PROVIDERS[name])
    return _providers[name]


def _make(name: str, facts: dict[str, str]) -> Provider:
    # Imported late: commands that call no model need no HTTP client.
    from ai.providers.anthropic import AnthropicProvider
    from ai.providers.openai import AzureProvider, LocalProvider, OpenAIProvider

    where: dict[str, Any] = {
        "name": name,
        "api_key": facts["api_key"],
        "base_url": facts["base_url"],
    }
    if name == "azure":
        return AzureProvider(**where, api_version=facts["api_version"])
    if name == "anthropic":
        return AnthropicProvider(**where)
    return LocalProvider(**where) if name == "local" else OpenAIProvider(**where)


def warm_up() -> None:
    """Make the clients, and read the price list and the vocabulary, before the first request."""
    for name in settings.AI_PROVIDERS:
        provider(name)
    for tier in ("mini", "full"):
        for ref in chosen_models(tier):
            has_price(ref)
    load_vocabulary()


async def close_providers() -> None:
    """Close every client; the next use opens new ones."""
    clients = list(_providers.values())
    _providers.clear()
    for client in clients:
        await client.aclose()


def parse_ref(text: str) -> ModelRef:
    """`provider:model`. Raises ValueError for anything else."""
    name, colon, model = text.partition(":")
    if not (name and colon and model):
        raise ValueError(f"{text!r} is not of the form provider:model")
    return ModelRef(name, model)


def chosen_models(tier: str) -> list[ModelRef]:
    """The models of a tier, whether they can be called or not."""
    chosen = settings.AI_MINI_MODELS if tier == "mini" else settings.AI_FULL_MODELS
    return [parse_ref(text) for text in chosen] if chosen else _default_models(tier)


def tier_models(tier: str) -> tuple[ModelRef, ...]:
    """The models of a tier that can be called; reads the database once a second.

    Their provider is configured, their price known, and no member of staff has switched them off.
    """
    return tuple(
        ref
        for ref in chosen_models(tier)
        if ref.provider in settings.AI_PROVIDERS and has_price(ref) and not is_switched_off(ref)
    )


def context_window(ref: ModelRef) -> int | None:
    """How many tokens a request and its answer may have together; None where nobody knows."""
    if stated := settings.AI_PROVIDERS.get(ref.provider, {}).get("context_tokens"):
        return int(stated)
    listed = listed_model(ref)
    return listed.context_window if listed else None


def _default_models(tier: str) -> list[ModelRef]:
    refs = [
        ModelRef(name, model)
        for name in settings.AI_PROVIDERS
        for model in DEFAULTS.get(name, {}).get(tier, ())
    ]
    if not refs and (local := settings.AI_PROVIDERS.get("local")):
        refs.append(ModelRef("local", local["model"]))
    return refs


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Which model answers, in words for a page."""

    is_configured: bool
    is_local: bool
    provider: str
    model: str


def model_status() -> ModelStatus:
    """What a creator should know of the model behind the desk."""
    models = tier_models("mini") or tier_models("full")
    if not models:
        return ModelStatus(False, False, "", "")
    first = models[0]
    return ModelStatus(True, first.provider == "local", _label(first.provider), first.model)


def _label(name: str) -> str:
    """Who answers: a vendor by its name, any other server by its host."""
    if name == "local":
        return _("this machine")
    host = urlsplit(settings.AI_PROVIDERS[name]["base_url"]).hostname or ""
    return VENDORS.get(host, host or name)
