"""Which models are at hand: the configured providers, and each tier's list."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from ai.pricing import has_price
from ai.providers.base import ModelRef, Provider

# First choice first; the rest are fallbacks. By price and generation on the pinned price list.
DEFAULTS: dict[str, dict[str, tuple[str, ...]]] = {
    "openai": {"mini": ("gpt-6-luna", "gpt-5-nano"), "full": ("gpt-6.1-sol", "gpt-6-sol")},
}
VENDORS = {"api.openai.com": "OpenAI"}

_providers: dict[str, Provider] = {}


def provider(name: str) -> Provider:
    """The client of a configured provider, one per process. Raises KeyError for another."""
    if name not in _providers:
        # The SDK takes most of a second to import; commands that call no model should not pay it.
        from ai.providers.openai import OpenAIProvider

        facts = settings.AI_PROVIDERS[name]
        _providers[name] = OpenAIProvider(
            name=name, api_key=facts["api_key"], base_url=facts["base_url"]
        )
    return _providers[name]


def warm_up() -> None:
    """Make the clients before the first request, which would wait a second for the SDK's import."""
    for name in settings.AI_PROVIDERS:
        provider(name)
    model_status()


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


def tier_models(tier: str) -> tuple[ModelRef, ...]:
    """The models of a tier that can be called: their provider is configured, their price known."""
    chosen = settings.AI_MINI_MODELS if tier == "mini" else settings.AI_FULL_MODELS
    refs = [parse_ref(text) for text in chosen] if chosen else list(_default_models(tier))
    return tuple(ref for ref in refs if ref.provider in settings.AI_PROVIDERS and has_price(ref))


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
