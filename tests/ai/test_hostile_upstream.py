"""A model server that means harm, from the wire to the stored row."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from accounts.models import User
from ai import engine, registry
from ai.models import Generation
from ai.providers.base import Delta, ErrorKind, Message, ModelRequest, ProviderError
from ai.providers.http import MAX_EVENT_BYTES, Events
from ai.providers.openai import OpenAIProvider
from content.models import MAX_BODY_CHARACTERS
from tests.ai.conftest import Desk, joined
from tests.fakes.model_server import ModelServer, Script, running_model_server

PLANTED = "sk-planted-by-the-vendor"
REQUEST = ModelRequest("mini-1", (Message("user", "Clay?"),), 96)


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with running_model_server() as running:
        yield running


@pytest.fixture
async def upstream(desk: Desk, server: ModelServer) -> AsyncIterator[ModelServer]:
    """The engine's provider speaks to the model server, as in production."""
    made = OpenAIProvider(name="fake", api_key="sk-ours", base_url=server.url)
    registry._providers["fake"] = made
    server.by_model.clear()
    yield server
    await made.aclose()


async def test_what_cannot_be_stored_hinders_no_end(
    desk: Desk, alice: User, upstream: ModelServer
) -> None:
    usage = {"prompt_tokens": -5, "completion_tokens": 10**12}
    upstream.script = Script(("a\x00b", "\x00", "c"), finish_reason="s\x00" * 50, usage=usage)
    job, row = await desk.finish(alice)
    assert row.status == "DONE"
    assert joined(await desk.frames(job)) == row.text == "abc"
    assert row.finish_reason == "other"
    # What makes no sense is counted by us, and marked so.
    assert row.is_usage_estimated
    assert row.output_tokens in range(1, 10)


@pytest.mark.parametrize("most", [2**31 - 1, 2**31])
async def test_as_many_tokens_as_a_column_holds(
    desk: Desk, alice: User, upstream: ModelServer, most: int
) -> None:
    upstream.script = Script(usage={"prompt_tokens": 20, "completion_tokens": most})
    _job, row = await desk.finish(alice)
    assert (row.status, row.input_tokens) == ("DONE", 20)
    assert row.is_usage_estimated == (most == 2**31)
    assert (row.output_tokens == most) == (most < 2**31)


def test_a_line_without_an_end_is_read_to_a_megabyte() -> None:
    chunk, taken, events = b"x" * 65_536, 0, Events()

    def read() -> None:
        nonlocal taken
        for _ in range(200):
            taken += len(chunk)
            assert list(events.feed(chunk)) == []

    with pytest.raises(ProviderError) as failed:
        read()
    assert failed.value.kind == ErrorKind.SERVER
    assert MAX_EVENT_BYTES < taken <= MAX_EVENT_BYTES + len(chunk)


async def test_who_does_not_stop_is_stopped(desk: Desk, alice: User) -> None:
    given: list[int] = []

    async def stream(_request: Any) -> AsyncIterator[Delta]:
        try:
            for _ in range(50):
                await asyncio.sleep(0)
                yield Delta("x" * 40_000)
        finally:
            given.append(1)

    desk.provider.stream = stream  # type: ignore[method-assign, assignment]
    job, row = await desk.finish(alice)
    assert (row.status, row.finish_reason) == ("DONE", "length")
    assert len(row.text) == MAX_BODY_CHARACTERS
    frames = await desk.frames(job)
    assert joined(frames) == row.text
    assert frames[-1][2]["finishReason"] == "length"
    assert given == [1]


@pytest.mark.parametrize("content", [b"\xff\xfe", rb"\ud800", b"\xed\xa0\x80", b"\xc3"])
async def test_text_that_is_none_is_a_failure_of_the_server(
    desk: Desk, alice: User, upstream: ModelServer, content: bytes
) -> None:
    tail = b'data: {"choices": [{"delta": {"content": "%s"}}]}\n\n' % content
    upstream.script = Script(("Half ",), raw_tail=tail)
    job, row = await desk.finish(alice)
    assert (row.status, row.error_code, row.text) == ("FAILED", "provider_error", "Half ")
    assert joined(await desk.frames(job)) == "Half "


@pytest.mark.parametrize("value", ["²", "1²", "nan", "-1", "1e9", "٣"])
async def test_a_pause_that_is_no_number_is_unknown(upstream: ModelServer, value: str) -> None:
    upstream.script = Script(status=429, headers={"Retry-After": value})
    with pytest.raises(ProviderError) as refused:
        [item async for item in registry.provider("fake").stream(REQUEST)]
    assert refused.value.kind == ErrorKind.RATE_LIMIT
    assert refused.value.retry_after_seconds is None


async def test_a_model_that_is_not_found_is_replaced(
    desk: Desk, alice: User, upstream: ModelServer
) -> None:
    upstream.by_model["mini-1"] = Script(status=404)
    upstream.script = Script()
    _job, row = await desk.finish(alice)
    assert (row.status, row.model, row.text) == ("DONE", "mini-2", "Clay remembers the hand.")


@pytest.mark.parametrize(
    "script",
    [
        Script(status=400, error={"message": PLANTED}),
        Script(status=401, error={"message": PLANTED}),
        Script(status=404, error={"message": PLANTED}),
        Script(status=429, error={"message": PLANTED}),
        Script(status=500, error={"message": PLANTED}),
        Script(raw_tail=f'data: {{"{PLANTED}\n\n'.encode()),
        Script(raw_tail=b'data: {"choices": "%s"}\n\n' % PLANTED.encode()),
        Script(raw_tail=b'data: {"error": {"message": "%s"}}\n\n' % PLANTED.encode()),
    ],
)
async def test_a_vendors_words_stand_in_no_log(
    desk: Desk, alice: User, upstream: ModelServer, caplog: Any, script: Script
) -> None:
    upstream.script = script
    with caplog.at_level(logging.INFO):
        job, row = await desk.finish(alice)
    assert row.status == "FAILED"
    assert caplog.text
    assert PLANTED not in caplog.text
    assert PLANTED not in f"{await desk.frames(job)} {engine.sentence_of(row)}"
    assert PLANTED not in str(await _stored(desk, job))
    with pytest.raises(ProviderError) as failed:
        [item async for item in registry.provider("fake").stream(REQUEST)]
    assert PLANTED not in "".join(traceback.format_exception(failed.value))


async def _stored(desk: Desk, job: Any) -> Any:
    row: Generation = await desk.row(job)
    return {name: value for name, value in vars(row).items() if name != "_state"}
