"""Generating over HTTP: answers, streams, refusals."""

import asyncio
from typing import Any

import pytest
from django.test import AsyncClient

from accounts.models import User
from ai.database import in_database
from ai.models import Generation
from ai.providers.base import ErrorKind, Finished, ProviderError, Usage
from content.models import Content, Revision
from tests.ai.conftest import Desk, events_of
from tests.envelope import assert_error
from tests.factories import make_period

JSON = "application/json"
KEYS = {
    "id", "text", "provider", "model", "tier", "routeReason", "usage", "costUsd", "costIfFullUsd",
    "finishReason", "latencyMs", "status",
}  # fmt: skip
END = Finished("stop", Usage(20, 0, 5))


async def test_the_whole_answer_at_once(alice: User, sign_in: Any) -> None:
    client = await sign_in(alice)
    response = await client.post("/api/ai/generate", {"prompt": "About clay"}, JSON)
    assert response.status_code == 200
    body = response.json()
    assert set(body) >= KEYS
    assert body["text"] == "Clay remembers the hand."
    assert body["usage"] == {"inputTokens": 20, "cachedInputTokens": 0, "outputTokens": 5}
    assert (body["status"], body["finishReason"], body["tier"]) == ("DONE", "stop", "mini")
    assert body["costUsd"] == "0.00003000"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/ai/generate", {"Accept": "text/event-stream"}),
        ("/api/ai/generate", {"Accept": "text/event-stream, */*;q=0.1"}),
        ("/api/ai/generate/stream", {}),
    ],
)
async def test_the_answer_as_a_stream(
    alice: User, sign_in: Any, path: str, headers: dict[str, str]
) -> None:
    client = await sign_in(alice)
    response = await client.post(path, {"prompt": "x"}, JSON, headers=headers)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert "Content-Encoding" not in response.headers
    frames = await events_of(response)
    assert [number for number, *_rest in frames] == [str(n + 1) for n in range(len(frames))]
    assert (frames[0][1], frames[-1][1]) == ("start", "done")
    row = await in_database(Generation.objects.get)
    text = "".join(data["text"] for _id, event, data in frames if event == "delta")
    assert text == row.text
    assert response.headers["X-Generation-ID"] == frames[0][2]["id"] == str(row.id)


async def test_a_draft_that_knows_where_it_came_from(alice: User, sign_in: Any) -> None:
    client = await sign_in(alice)
    response = await client.post("/api/content/generate", {"prompt": "x", "type": "STORY"}, JSON)
    assert response.status_code == 201
    body = response.json()
    assert (body["status"], body["type"], body["aiGenerated"]) == ("DRAFT", "STORY", True)
    assert body["body"] == "Clay remembers the hand."
    assert body["provenance"]["prompt"] == "x"
    assert body["provenance"]["model"] == "mini-1"
    revision = await in_database(Revision.objects.get)
    assert (revision.source, revision.prompt, revision.model) == ("AI", "x", "mini-1")
    assert str(revision.generation_id) == body["provenance"]["id"]
    assert format(revision.cost_usd, "f") == body["provenance"]["costUsd"]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (ErrorKind.AUTH, 503, "provider_auth"),
        (ErrorKind.RATE_LIMIT, 503, "provider_unavailable"),
        (ErrorKind.NETWORK, 503, "provider_unavailable"),
        (ErrorKind.TIMEOUT, 503, "provider_timeout"),
        (ErrorKind.SERVER, 502, "provider_error"),
        (ErrorKind.INVALID, 502, "provider_invalid"),
        (ErrorKind.CONTENT_FILTER, 400, "content_filter"),
    ],
)
@pytest.mark.parametrize("path", ["/api/ai/generate", "/api/content/generate"])
async def test_a_provider_that_fails_is_told_in_the_envelope(
    desk: Desk, alice: User, sign_in: Any, path: str, kind: ErrorKind, status: int, code: str
) -> None:
    desk.provider.say("Half", ProviderError(kind))
    client = await sign_in(alice)
    body = assert_error(await client.post(path, {"prompt": "x"}, JSON), status, code)
    assert body["text"] == "Half"
    row = await in_database(Generation.objects.get)
    assert (str(row.id), row.status, row.text) == (body["id"], "FAILED", "Half")
    assert not await in_database(Content.objects.exists)


async def test_a_used_up_plan_is_402_with_its_numbers(alice: User, sign_in: Any) -> None:
    await in_database(make_period, alice, generations_used=20)
    client = await sign_in(alice)
    for path in ("/api/ai/generate", "/api/ai/generate/stream", "/api/content/generate"):
        body = assert_error(await client.post(path, {"prompt": "x"}, JSON), 402, "quota_exceeded")
        assert (body["metric"], body["current"], body["limit"]) == ("generations", 20, 20)
        assert body["subscription"] == "FREE"
        assert body["resetAt"].endswith("Z")
    unlimited = await sign_in(alice, is_unlimited=True)
    assert (await unlimited.post("/api/ai/generate", {"prompt": "x"}, JSON)).status_code == 200


async def test_the_strongest_model_comes_with_a_plan(alice: User, bob: User, sign_in: Any) -> None:
    facts = {"prompt": "x", "quality": "full"}
    refused = await (await sign_in(alice)).post("/api/ai/generate", facts, JSON)
    assert_error(refused, 403, "plan_required")
    taken = await (await sign_in(bob)).post("/api/ai/generate", facts, JSON)
    assert (taken.json()["tier"], taken.json()["model"]) == ("full", "full-1")


async def test_no_model_and_too_many_are_503(alice: User, sign_in: Any, settings: Any) -> None:
    client = await sign_in(alice)
    settings.AI_MAX_STREAMS = 0
    response = await client.post("/api/ai/generate", {"prompt": "x"}, JSON)
    assert_error(response, 503, "overloaded")
    assert int(response.headers["Retry-After"]) > 0
    settings.AI_MAX_STREAMS, settings.AI_PROVIDERS = 10, {}
    response = await client.post("/api/ai/generate", {"prompt": "x"}, JSON)
    assert_error(response, 503, "provider_unavailable")


async def test_an_event_stream_in_a_session_needs_its_csrf_token(desk: Desk, alice: User) -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    await client.aforce_login(alice)
    page = await client.get("/account")
    assert page.status_code == 200
    body = {"prompt": "x"}
    assert_error(await client.post("/api/ai/generate", body, JSON), 403, "forbidden")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    response = await client.post("/api/ai/generate", body, JSON, headers=headers)
    assert response.status_code == 200
    await asyncio.sleep(0)
