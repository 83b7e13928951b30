"""A real server that takes aimock for OpenAI, Anthropic and Azure, and Bob before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from redis import Redis

from accounts.models import User
from ai.models import Generation, ProviderCall
from api.tokens import issue_token
from tests.live import LiveServer, running_server
from tests.redis_database import redis_url
from tests.server.client import Caller
from tests.server.desk import Desk
from tests.server.peers import Peer, answering, refusing, running_peer
from tests.server.wire import Wire, running_wire

OPENAI, ANTHROPIC, AZURE = "gpt-4o-mini", "claude-haiku-4-5", "gpt-4.1"
PROVIDERS = {OPENAI: "openai", ANTHROPIC: "anthropic", AZURE: "azure"}
PATHS = {
    OPENAI: "/v1/chat/completions",
    ANTHROPIC: "/v1/messages",
    AZURE: f"/openai/deployments/{AZURE}/chat/completions?api-version=2024-10-21",
}
# aimock cuts it into pieces of eight characters.
PIECES = ("Clay is ", "kind to ", "the hand", "s that s", "haped it")
TEXT = "".join(PIECES)


@dataclass
class Counter(Desk):
    """Bob, who may have every model, with aimock behind the line."""

    peer: Peer
    wire: Wire

    def say(self, model: str, text: str = TEXT, **more: Any) -> None:
        """What a model answers. Anthropic's is asked once OpenAI's has refused."""
        if model == ANTHROPIC:
            self.peer.say(refusing(model=OPENAI, retry_after_seconds=1))
        self.peer.say(answering(text, model=model, **more))

    def ask(self, model: str = OPENAI) -> Any:
        """Have something written by a model, streaming."""
        quality = "full" if model == AZURE else "mini"
        body = {"prompt": "About clay", "quality": quality}
        return self.alice.stream("POST", "/api/ai/generate/stream", body)

    def calls(self) -> list[tuple[str, str, str]]:
        """(model, how it was settled, what went wrong) in their order."""
        rows = ProviderCall.objects.filter(generation=self.row()).order_by("attempt")
        return [(call.model, call.status, call.error_kind) for call in rows]

    def asked(self) -> list[tuple[str, int]]:
        """(path, status) of what arrived at aimock."""
        return [(each["path"], each["response"]["status"]) for each in self.peer.asked()]

    def assert_billed_once(self, row: Generation) -> None:
        """What was written costs what its row says, and nothing is reserved any more."""
        (call,) = ProviderCall.objects.filter(generation=row, status="SETTLED")
        assert call.cost_usd
        assert call.cost_usd == row.cost_usd
        period = self.period()
        assert (period.generations_used, period.generations_reserved) == (1, 0)
        assert (period.spend_used_usd, period.spend_reserved_usd) == (row.cost_usd, Decimal())


@pytest.fixture(scope="package")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """It, for the folder."""
    with running_peer(tmp_path_factory.mktemp("peer")) as running:
        yield running


@pytest.fixture(scope="package")
def wire(peer: Peer) -> Iterator[Wire]:
    """The line to it."""
    with running_wire(peer.port) as running:
        yield running


@pytest.fixture(scope="package")
def studio(
    django_db_setup: None,
    django_db_blocker: Any,
    wire: Wire,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """A server that takes aimock for OpenAI, Anthropic and Azure."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
    facts = {
        "OPENAI_API_KEY": "sk-secret",
        "OPENAI_BASE_URL": f"{wire.url}/v1",
        "ANTHROPIC_API_KEY": "sk-ant-secret",
        "ANTHROPIC_BASE_URL": wire.url,
        "AZURE_OPENAI_API_KEY": "azure-secret",
        "AZURE_OPENAI_ENDPOINT": wire.url,
        "AZURE_OPENAI_API_VERSION": "2024-10-21",
        "AI_MINI_MODELS": f"openai:{OPENAI},anthropic:{ANTHROPIC}",
        "AI_FULL_MODELS": f"azure:{AZURE}",
        "LOCAL_MODEL": "off",
        "DEBUG": "off",
        "REDIS_URL": redis_url(),
    }
    with running_server(tmp_path_factory.mktemp("studio"), **facts) as server:
        yield server


@pytest.fixture
def counter(
    transactional_db: None, studio: LiveServer, peer: Peer, wire: Wire, bob: User
) -> Iterator[Counter]:
    """No model has a past, and no counter drifts."""
    with Redis.from_url(redis_url()) as client:
        client.flushdb()
    peer.ensure()
    peer.forget()
    wire.edit, wire.left = None, 0
    token = issue_token(user=bob, name="test", is_unthrottled=True)
    made = Counter(studio, Caller(studio.port, token), bob, peer, wire)
    yield made
    made.until(lambda: not Generation.objects.streaming().exists())
    call_command("rebuild_usage", "--check")
