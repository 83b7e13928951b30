"""Room for models that think, and none for those that do not."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from ai import registry
from ai.ask_text import ask_for
from ai.brief import Brief
from ai.ledger import open_generation
from ai.models import ProviderCall
from ai.providers.base import Message, ModelRef, ModelRequest
from ai.providers.openai import AzureProvider, OpenAIProvider
from ai.thinking import ROOM_TOKENS, room_to_think, thinks
from tests.ai.conftest import Desk


@pytest.mark.parametrize(
    ("ref", "does"),
    [
        ("openai:gpt-5-nano", True),
        ("openai:gpt-5", True),
        ("openai:gpt-5.6-luna", True),
        ("openai:gpt-6.1-sol", True),
        ("azure:gpt-6-luna", True),
        ("openai:o3-mini", True),
        ("openai:gpt-4o-mini", False),
        ("openai:gpt-4.1", False),
        ("openai:gpt-5-chat-latest", False),
        ("openai:gpt-5-pro", False),
        ("openai:our-model", False),
        ("anthropic:claude-haiku-5-5", False),
        ("local:o1", False),
    ],
)
def test_thinkers_are_known_by_name(ref: str, does: bool) -> None:
    found = ModelRef(*ref.split(":"))
    assert thinks(found) is does
    assert room_to_think(found) == (ROOM_TOKENS if does else 0)


def _body(provider: OpenAIProvider, model: str) -> dict[str, Any]:
    return provider._body(ModelRequest(model, (Message("user", "Clay?"),), 100))


def test_vendors_are_asked_to_think_little() -> None:
    """A compatible server may refuse a parameter that it does not know."""
    vendor = OpenAIProvider(name="openai", api_key="k", base_url="https://api.openai.com/v1")
    azure = AzureProvider(name="azure", api_key="k", base_url="https://x.openai.azure.com")
    old = AzureProvider(
        name="azure", api_key="k", base_url="https://x.azure.com", api_version="2024-10-21"
    )
    other = OpenAIProvider(name="openai", api_key="k", base_url="http://127.0.0.1:9/v1")
    assert _body(vendor, "gpt-6-luna")["reasoning_effort"] == "low"
    assert _body(azure, "gpt-6-luna")["reasoning_effort"] == "low"
    assert "reasoning_effort" not in _body(vendor, "gpt-4o-mini")
    assert "reasoning_effort" not in _body(old, "gpt-6-luna")
    assert "reasoning_effort" not in _body(other, "gpt-6-luna")


@pytest.fixture
def thinker(settings: Any, tmp_path: Any) -> None:
    """A model that thinks, at a price of ours."""
    prices = tmp_path / "thinking.json"
    prices.write_text('{"openai:gpt-9-luna": {"input": "1", "output": "2"}}')
    settings.AI_PRICES_FILE = str(prices)
    settings.AI_PROVIDERS = {"openai": {"api_key": "", "base_url": "http://127.0.0.1:9/v1"}}
    settings.AI_MINI_MODELS = settings.AI_FULL_MODELS = ["openai:gpt-9-luna"]


def test_the_reservation_covers_the_thoughts(alice: User, thinker: None) -> None:
    ask = ask_for(Brief("About clay"))
    opened = open_generation(user=alice, ask=ask)
    room = (ROOM_TOKENS + ask.max_output_tokens) * 2
    assert opened.generation.reserved_usd >= Decimal(room) / 1_000_000


async def test_the_model_is_given_the_room(
    desk: Desk, alice: User, thinker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry._providers, "openai", desk.provider)
    _job, row = await desk.finish(alice)
    (request,) = desk.provider.requests
    assert request.max_output_tokens == ask_for(Brief("About clay")).max_output_tokens + ROOM_TOKENS
    assert row.status == "DONE"
    assert await ProviderCall.objects.acount() == 1
