"""Model servers that refuse, break or say too little, behind a real server."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from redis import Redis

from accounts.models import User
from ai.models import Generation, ProviderCall
from api.tokens import issue_token
from tests.fakes.model_server import ModelServer, Script
from tests.live import LiveServer
from tests.redis_database import redis_url
from tests.server.client import Caller
from tests.server.conftest import Scene

pytestmark = [pytest.mark.server, pytest.mark.redis]
MINI, SECOND, FULL = "gpt-4o-mini", "claude-haiku-4-5", "gpt-4.1"
PATH = "/api/ai/generate"
TEXT = "Clay remembers the hand."


@pytest.fixture
def chain(
    transactional_db: None, both: tuple[LiveServer, LiveServer], models: ModelServer, bob: User
) -> Iterator[Scene]:
    """Bob, who may have the strong models, too; no model has a past, and no counter drifts."""
    with Redis.from_url(redis_url()) as client:
        client.flushdb()
    models.requests.clear()
    models.by_model.clear()
    models.by_words.clear()
    models.script = Script()
    token = issue_token(user=bob, name="test", is_unthrottled=True)
    yield Scene(both[0], Caller(both[0].port, token), bob, models)
    models.by_model.clear()
    call_command("rebuild_usage", "--check")


def _calls(row: Generation) -> list[tuple[str, str, str]]:
    rows = ProviderCall.objects.filter(generation=row).order_by("attempt")
    return [(call.model, call.status, call.error_kind) for call in rows]


def _ask(scene: Scene, **body: Any) -> dict[str, Any]:
    status, answer = scene.alice.call("POST", PATH, {"prompt": "About clay", **body})
    assert status == 200, answer
    return answer


def test_what_is_refused_for_now_is_asked_again_as_told(chain: Scene) -> None:
    """Both providers have too much to do; the second is free sooner."""
    chain.models.by_model = {
        MINI: Script(status=429, headers={"Retry-After": "30"}),
        SECOND: Script(status=429, headers={"Retry-After": "3"}),
    }
    begun_at = time.monotonic()
    with chain.alice.generate() as reading:
        chain.until(lambda: len(chain.models.requests) == 2)
        chain.models.by_model[SECOND] = Script()
        reading.rest()
    assert 3 <= time.monotonic() - begun_at < 12
    row = chain.settled()
    assert (row.status, row.text, row.model) == ("DONE", TEXT, SECOND)
    assert reading.text == TEXT
    assert _calls(row) == [
        (MINI, "RELEASED", "rate_limit"),
        (SECOND, "RELEASED", "rate_limit"),
        (SECOND, "SETTLED", ""),
    ]
    period = chain.period()
    assert (period.generations_used, period.spend_used_usd) == (1, row.cost_usd)
    assert period.spend_reserved_usd == 0


def test_who_cannot_be_reached_is_replaced_by_the_next_ones_own_model(chain: Scene) -> None:
    with chain.alice.stream(
        "POST", f"{PATH}/stream", {"prompt": "About clay", "quality": "full"}
    ) as reading:
        reading.rest()
    row = chain.settled()
    assert (row.status, row.provider, row.model, row.text) == ("DONE", "azure", FULL, TEXT)
    assert _calls(row) == [("local", "RELEASED", "network"), (FULL, "SETTLED", "")]
    (seen,) = chain.models.requests
    assert seen.path == f"/openai/deployments/{FULL}/chat/completions?api-version=2024-10-21"
    assert seen.headers["api-key"] == "azure-secret"
    assert "authorization" not in seen.headers
    route = next(data for _number, event, data in reading.frames if event == "route")
    assert route == {"provider": "azure", "model": FULL, "tier": "full"}


def test_anthropic_answers_where_openai_fails(chain: Scene) -> None:
    chain.models.by_model = {MINI: Script(status=500)}
    answer = _ask(chain)
    assert (answer["provider"], answer["model"], answer["text"]) == ("anthropic", SECOND, TEXT)
    assert answer["usage"] == {"inputTokens": 20, "cachedInputTokens": 0, "outputTokens": 5}
    first, second = chain.models.requests
    assert (first.path, second.path) == ("/v1/chat/completions", "/v1/messages")
    assert second.headers["x-api-key"] == "sk-ant-secret"
    assert "sk-secret" not in str(second.headers)
    assert [call[1] for call in _calls(chain.row())] == ["RELEASED", "SETTLED"]


def test_nobody_goes_on_with_what_another_began(chain: Scene) -> None:
    chain.models.by_model = {MINI: Script(pieces=("Half",), is_cut=True, gap_seconds=0.1)}
    with chain.alice.generate() as reading:
        assert reading.until("error")["code"] == "provider_unavailable"
    row = chain.settled()
    assert (row.status, row.text, row.is_usage_estimated) == ("FAILED", "Half", True)
    assert _calls(row) == [(MINI, "SETTLED", "network")]
    assert len(chain.models.requests) == 1
    assert chain.period().generations_used == 1


@pytest.mark.parametrize("model", [MINI, SECOND, FULL])
def test_an_answer_without_its_usage_is_estimated_and_says_so(chain: Scene, model: str) -> None:
    if model == SECOND:
        chain.models.by_model = {MINI: Script(status=500)}
    chain.models.script = Script(usage=None)
    _ask(chain, quality="full" if model == FULL else "auto")
    row = chain.row()
    assert (row.status, row.model, row.is_usage_estimated) == ("DONE", model, True)
    call = ProviderCall.objects.get(generation=row, status="SETTLED")
    assert call.is_estimated
    assert 5 <= (call.output_tokens or 0) <= 7
    assert (call.fresh_input_tokens or 0) > 20
    assert chain.period().spend_used_usd == row.cost_usd == call.cost_usd
    assert call.cost_usd


@pytest.mark.parametrize("model", [MINI, SECOND])
def test_a_cancel_never_hears_of_usage_and_pays_what_was_used(chain: Scene, model: str) -> None:
    if model == SECOND:
        chain.models.by_model = {MINI: Script(status=500)}
    chain.models.script = Script(pieces=("Half ", "never"), gap_seconds=30.0)
    with chain.alice.generate() as reading:
        generation_id = reading.until("start")["id"]
        reading.until("delta")
        path = f"/api/ai/generations/{generation_id}/cancel"
        assert chain.alice.call("POST", path)[1]["status"] == "CANCELED"
        chain.until(lambda: chain.models.requests[-1].has_left)
        assert reading.until("done")["status"] == "CANCELED"
    row = chain.row()
    assert (row.status, row.text, row.is_usage_estimated) == ("CANCELED", "Half ", True)
    assert row.output_tokens
    period = chain.period()
    assert (period.generations_used, period.spend_used_usd) == (1, row.cost_usd)
    assert row.cost_usd
