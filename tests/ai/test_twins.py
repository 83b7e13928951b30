"""Generating twice with one key: one generation, one charge, one answer."""

import asyncio
from typing import Any

import pytest

from accounts.models import User
from ai import engine, views
from ai.database import in_database
from ai.models import Generation, UsagePeriod
from ai.providers.base import ErrorKind, Finished, ProviderError, Usage
from api.models import IdempotencyKey
from content.models import Content
from content.services import delete_content
from tests.ai.conftest import Desk, events_of
from tests.envelope import assert_error
from tests.factories import make_generation

BODY = {"prompt": "About clay"}
END = Finished("stop", Usage(20, 0, 5))
STREAM, WHOLE, DRAFT = "/api/ai/generate/stream", "/api/ai/generate", "/api/content/generate"


async def _post(client: Any, path: str, body: Any = None, key: str = "one") -> Any:
    return await client.post(
        path, body or BODY, content_type="application/json", headers={"Idempotency-Key": key}
    )


async def _count(rows: Any) -> int:
    return int(await in_database(rows.count))


@pytest.mark.parametrize("path", [WHOLE, DRAFT])
async def test_a_later_retry_is_answered_as_the_first_was(
    desk: Desk, alice: User, sign_in: Any, path: str
) -> None:
    client = await sign_in(alice)
    first = await _post(client, path)
    assert first.status_code in {200, 201}
    assert "Idempotency-Replayed" not in first.headers
    again = await _post(client, path)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(desk.provider.requests) == 1
    period: UsagePeriod = await in_database(UsagePeriod.objects.get)
    assert (period.generations_used, period.generations_reserved) == (1, 0)


async def test_a_twin_joins_the_stream_from_its_first_frame(
    desk: Desk, alice: User, sign_in: Any
) -> None:
    desk.provider.say("Clay ", 0.2, "remembers.", END)
    client = await sign_in(alice)
    first, twin = await asyncio.gather(_post(client, STREAM), _post(client, STREAM))
    frames, same = await asyncio.gather(events_of(first), events_of(twin))
    assert frames == same
    assert frames[0][1] == "start"
    marks = {each.headers.get("Idempotency-Replayed") for each in (first, twin)}
    assert marks == {None, "true"}
    assert first.headers["X-Generation-ID"] == twin.headers["X-Generation-ID"]
    assert len(desk.provider.requests) == 1


async def test_the_whole_answer_and_the_stream_are_one_address(
    desk: Desk, alice: User, sign_in: Any
) -> None:
    client = await sign_in(alice)
    whole = (await _post(client, WHOLE)).json()
    headers = {"Idempotency-Key": "one", "Accept": "text/event-stream"}
    joined = await client.post(WHOLE, BODY, content_type="application/json", headers=headers)
    assert joined.headers["X-Generation-ID"] == whole["id"]
    assert (await events_of(joined))[-1][1] == "done"


async def test_another_brief_is_a_conflict_and_costs_nothing(
    desk: Desk, alice: User, sign_in: Any
) -> None:
    client = await sign_in(alice)
    await _post(client, WHOLE)
    response = await _post(client, WHOLE, {"prompt": "About glaze"})
    assert_error(response, 409, "idempotency_conflict")
    assert await _count(Generation.objects.all()) == 1


async def test_keys_of_different_people_and_addresses_begin_their_own(
    desk: Desk, alice: User, bob: User, sign_in: Any
) -> None:
    for user in (alice, bob):
        client = await sign_in(user)
        for path in (WHOLE, DRAFT):
            assert "Idempotency-Replayed" not in (await _post(client, path)).headers
    assert await _count(Generation.objects.all()) == 4


@pytest.mark.parametrize("path", [STREAM, WHOLE, DRAFT])
async def test_what_is_no_key_is_refused(desk: Desk, alice: User, sign_in: Any, path: str) -> None:
    response = await _post(await sign_in(alice), path, key="x" * 256)
    assert_error(response, 400, "validation_error", "Idempotency-Key")
    assert await _count(Generation.objects.all()) == 0


@pytest.mark.parametrize("path", [STREAM, WHOLE, DRAFT])
async def test_a_refusal_leaves_no_key(
    desk: Desk, alice: User, sign_in: Any, path: str, settings: Any
) -> None:
    client = await sign_in(alice)
    await in_database(make_generation, alice, status="DONE")
    await in_database(lambda: UsagePeriod.objects.update(generations_used=20))
    assert_error(await _post(client, path), 402, "quota_exceeded")
    assert_error(await _post(client, path, {**BODY, "quality": "full"}), 403, "plan_required")
    limit, settings.AI_MAX_STREAMS = settings.AI_MAX_STREAMS, 0
    assert_error(await _post(client, path), 503, "overloaded")
    settings.AI_MAX_STREAMS = limit
    assert await _count(IdempotencyKey.objects.all()) == 0
    await in_database(lambda: UsagePeriod.objects.update(generations_used=0))
    assert (await _post(client, path)).status_code in {200, 201}


async def test_at_the_last_of_the_quota_a_retry_is_still_answered(
    desk: Desk, alice: User, sign_in: Any
) -> None:
    client = await sign_in(alice)
    first = await _post(client, WHOLE)
    await in_database(lambda: UsagePeriod.objects.update(generations_used=20))
    assert (await _post(client, WHOLE)).content == first.content


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [(ErrorKind.SERVER, 502, "provider_error"), (ErrorKind.AUTH, 503, "provider_auth")],
)
async def test_what_failed_for_a_while_is_begun_anew_once(
    desk: Desk, alice: User, sign_in: Any, kind: ErrorKind, status: int, code: str
) -> None:
    client = await sign_in(alice)
    desk.provider.say(ProviderError(kind))
    assert_error(await _post(client, WHOLE), status, code)
    desk.provider.say("Clay.", 0.1, END)
    before = len(desk.provider.requests)
    answers = await asyncio.gather(*[_post(client, WHOLE) for _twin in range(6)])
    assert {each.status_code for each in answers} == {200}
    assert len({each.content for each in answers}) == 1
    assert len(desk.provider.requests) == before + 1
    statuses = await in_database(
        lambda: sorted(Generation.objects.values_list("status", flat=True))
    )
    assert statuses == ["DONE", "FAILED"]
    assert await _count(IdempotencyKey.objects.all()) == 1


async def test_what_failed_for_good_stays_failed(desk: Desk, alice: User, sign_in: Any) -> None:
    client = await sign_in(alice)
    desk.provider.say(ProviderError(ErrorKind.CONTENT_FILTER))
    for _time in range(2):
        assert_error(await _post(client, WHOLE), 400, "content_filter")
    assert await _count(Generation.objects.all()) == 1


async def test_what_was_stopped_stays_stopped(desk: Desk, alice: User, sign_in: Any) -> None:
    client = await sign_in(alice)
    desk.provider.say("Half", 30.0, END)
    opened = await _post(client, STREAM)
    job = next(iter(engine._jobs.values()))
    await desk.until(lambda: job.has_text)
    await engine.cancel(job.id)
    twin = await _post(client, STREAM)
    assert await events_of(twin) == await events_of(opened)
    assert await _count(Generation.objects.all()) == 1


async def test_a_draft_that_was_deleted_since_is_not_made_again(
    desk: Desk, alice: User, sign_in: Any
) -> None:
    client = await sign_in(alice)
    first = await _post(client, DRAFT)
    await in_database(delete_content, by=alice, content_id=first.json()["id"])
    assert (await _post(client, DRAFT)).content == first.content
    assert await _count(Content.everything.all()) == 1


async def test_a_twin_does_not_wait_for_ever(
    desk: Desk, alice: User, sign_in: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(views, "TWIN_SECONDS", 0.1)
    desk.provider.say("Clay ", 0.5, "remembers.", END)
    client = await sign_in(alice)
    first = asyncio.ensure_future(_post(client, WHOLE))
    await desk.until(lambda: engine._jobs)
    twin = await _post(client, WHOLE)
    assert_error(twin, 409, "in_progress")
    assert twin.headers["Retry-After"] == "5"
    assert (await first).status_code == 200
    assert (await _post(client, WHOLE)).status_code == 200
    assert len(desk.provider.requests) == 1


async def test_a_client_that_left_at_once_finds_its_text(
    desk: Desk, alice: User, sign_in: Any
) -> None:
    client = await sign_in(alice)
    desk.provider.say("Clay ", 0.2, "remembers.", END)
    first = asyncio.ensure_future(_post(client, WHOLE))
    await desk.until(lambda: engine._jobs)
    first.cancel()
    answer = await _post(client, WHOLE)
    assert (answer.status_code, answer.json()["text"]) == (200, "Clay remembers.")
    assert len(desk.provider.requests) == 1
