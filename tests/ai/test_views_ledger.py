"""The ledger over HTTP: following, cancelling, listing, usage."""

import asyncio
from typing import Any
from uuid import uuid4

from django.db import OperationalError

from accounts.models import User
from ai import engine, ledger
from ai.database import in_database
from ai.providers.base import Finished, Usage
from content.models import Content
from tests.ai.conftest import Desk, events_of
from tests.envelope import assert_error
from tests.factories import make_generation

JSON = "application/json"
KEYS = {
    "id", "text", "provider", "model", "tier", "routeReason", "usage", "costUsd", "costIfFullUsd",
    "finishReason", "latencyMs", "status",
}  # fmt: skip
END = Finished("stop", Usage(20, 0, 5))


async def test_a_stream_is_resumed_where_it_was_left(desk: Desk, alice: User, sign_in: Any) -> None:
    desk.provider.say(*(step for word in "abcd" for step in (word, 0.03)), END)
    client = await sign_in(alice)
    job = await desk.write(alice)
    path = f"/api/ai/generations/{job.id}/stream"
    whole = await events_of(await client.get(path))
    for how in ({"headers": {"Last-Event-ID": "2"}}, {"query_params": {"after": "2"}}):
        assert await events_of(await client.get(path, **how)) == whole[2:]
    both = await client.get(f"{path}?after=1", headers={"Last-Event-ID": "3"})
    assert await events_of(both) == whole[3:]
    for wrong in ("-1", "x", "1.5", "9" * 10, "\u0661"):
        response = await client.get(path, query_params={"after": wrong})
        assert_error(response, 400, "validation_error", "after")
        response = await client.get(f"{path}?after={wrong}", headers={"Last-Event-ID": "2"})
        assert_error(response, 400, "validation_error", "after")


async def test_what_is_anothers_is_not_there(
    desk: Desk, alice: User, charlie: User, sam: User, sign_in: Any
) -> None:
    job, _row = await desk.finish(alice)
    for user in (charlie, sam):
        client = await sign_in(user)
        for generation_id in (job.id, uuid4()):
            path = f"/api/ai/generations/{generation_id}"
            assert_error(await client.get(path), 404, "not_found")
            assert_error(await client.get(f"{path}/stream"), 404, "not_found")
            assert_error(await client.post(f"{path}/cancel"), 404, "not_found")
            kept = await client.post(f"{path}/keep", {}, JSON)
            assert_error(kept, 404, "not_found")
        assert (await client.get("/api/ai/generations")).json()["pagination"]["total"] == 0
    assert not await in_database(Content.objects.exists)


async def test_a_cancel_over_http(desk: Desk, alice: User, sign_in: Any) -> None:
    desk.provider.say("Half", 30.0, END)
    client = await sign_in(alice)
    job = await desk.write(alice)
    await desk.until(lambda: job.has_text)
    path = f"/api/ai/generations/{job.id}/cancel"
    for _ in range(2):
        body = (await client.post(path)).json()
        assert (body["status"], body["text"]) == ("CANCELED", "Half")
    assert desk.provider.closed == 1


async def test_the_ledger_is_listed_and_filtered(alice: User, sign_in: Any) -> None:
    await in_database(make_generation, alice, status="DONE", type="STORY", text="x")
    await in_database(make_generation, alice)
    client = await sign_in(alice)

    async def total(query: str) -> int:
        answer = (await client.get(f"/api/ai/generations?{query}")).json()
        return len(answer["generations"])

    assert [await total(query) for query in ("", "status=DONE", "type=POST", "status=FAILED")] == [
        2,
        1,
        1,
        0,
    ]
    for query in ("status=LOST", "type=POEM", "limit=0", "page=x"):
        response = await client.get(f"/api/ai/generations?{query}")
        assert_error(response, 400, "validation_error", query.split("=", maxsplit=1)[0])


async def test_usage_says_what_is_left(desk: Desk, alice: User, bob: User, sign_in: Any) -> None:
    await desk.finish(alice)
    body = (await (await sign_in(alice)).get("/api/ai/usage")).json()
    assert body["subscription"] == "FREE"
    assert body["generations"] == {"used": 1, "reserved": 0, "limit": 20, "remaining": 19}
    assert body["spendUsd"] == {"used": "0.00003000", "limit": "0.25"}
    assert body["saved"] == {
        "routingUsd": "0.00027000",
        "cacheUsd": "0.00000000",
        "percent": "90.0",
    }
    assert body["period"]["start"].endswith("-01T00:00:00.000000Z")
    fresh = (await (await sign_in(bob)).get("/api/ai/usage")).json()
    assert fresh["generations"] == {"used": 0, "reserved": 0, "limit": 2000, "remaining": 2000}
    assert fresh["saved"]["percent"] == "0.0"


async def test_a_text_that_is_stopped_before_a_word_is_no_draft(
    desk: Desk, alice: User, sign_in: Any
) -> None:
    desk.provider.say(30.0, END)
    client = await sign_in(alice)
    asking = asyncio.ensure_future(client.post("/api/content/generate", {"prompt": "x"}, JSON))
    await desk.until(lambda: desk.provider.requests)
    [job] = engine._jobs.values()
    await engine.cancel(job.id)
    assert_error(await asyncio.wait_for(asking, 5), 409, "conflict")
    assert not await in_database(Content.objects.exists)


async def test_an_end_that_cannot_be_saved_is_503(
    alice: User, sign_in: Any, monkeypatch: Any
) -> None:
    def settle(*_args: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(engine, "SETTLE_TRIES", 1)
    monkeypatch.setattr(ledger, "settle", settle)
    client = await sign_in(alice)
    response = await client.post("/api/ai/generate", {"prompt": "x"}, JSON)
    assert_error(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
