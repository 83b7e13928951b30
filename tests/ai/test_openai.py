"""What only the wire can do wrong: the OpenAI adapter against our model server."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.providers.base import (
    Accepted,
    Delta,
    ErrorKind,
    Finished,
    Message,
    ModelRequest,
    ProviderError,
    Usage,
)
from ai.providers.http import Events, Patience
from ai.providers.openai import OpenAIProvider
from tests.fakes.model_server import ModelServer, Script, running_model_server

REQUEST = ModelRequest("m-1", (Message("user", "Clay?"),), 96)


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with running_model_server() as running:
        yield running


@pytest.fixture
async def provider(server: ModelServer) -> AsyncIterator[OpenAIProvider]:
    made = OpenAIProvider(name="acme", api_key="sk-secret", base_url=server.url)
    yield made
    await made.aclose()


async def _all(provider: OpenAIProvider) -> list[Any]:
    """Without the counts that come early (tests/ai/test_told_usage.py)."""
    items = [item async for item in provider.stream(REQUEST)]
    return [item for item in items if not isinstance(item, (Accepted, Usage))]


async def _kind(provider: OpenAIProvider) -> ErrorKind:
    with pytest.raises(ProviderError) as failed:
        await _all(provider)
    assert "sk-secret" not in repr(failed.value)
    return failed.value.kind


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (Script(status=403), ErrorKind.AUTH),
        (Script(status=404), ErrorKind.AUTH),
        (Script(status=422), ErrorKind.INVALID),
        (Script(status=503), ErrorKind.SERVER),
        (Script(raw_tail=b"data: {broken\n\n"), ErrorKind.SERVER),
        (Script(raw_tail=b'data: {"choices": 5}\n\n'), ErrorKind.SERVER),
        (Script(raw_tail=b'data: {"error": {"message": "sk-secret"}}\n\n'), ErrorKind.SERVER),
        (Script(raw_tail=b"data: \xff\xfe\n\n"), ErrorKind.SERVER),
        (Script(raw_tail=b"data: " + b"x" * 2_000_000), ErrorKind.SERVER),
        (Script(is_cut=True), ErrorKind.NETWORK),
        (Script(finish_reason=None), ErrorKind.NETWORK),
        (Script(finish_reason=None, has_done=False, usage=None), ErrorKind.NETWORK),
        (Script(pieces=(), finish_reason="content_filter"), ErrorKind.CONTENT_FILTER),
    ],
)
async def test_each_way_of_failing_has_its_kind(
    server: ModelServer, provider: OpenAIProvider, script: Script, kind: ErrorKind
) -> None:
    server.script = script
    assert await _kind(provider) == kind


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("0.5", 0.5), ("", None), ("soon", None)]
)
async def test_retry_after_is_kept(
    server: ModelServer, provider: OpenAIProvider, value: str, seconds: float | None
) -> None:
    server.script = Script(status=429, headers={"Retry-After": value} if value else {})
    with pytest.raises(ProviderError) as refused:
        await _all(provider)
    assert refused.value.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("script", "finished"),
    [
        (Script(usage=None), Finished("stop", None)),
        (Script(has_done=False, usage=None), Finished("stop", None)),
        (Script(finish_reason="length", usage=None), Finished("length", None)),
        (Script(finish_reason="content_filter", usage=None), Finished("content_filter", None)),
        (Script(newline=b"\r\n", usage=None), Finished("stop", None)),
        (Script(raw_tail=b": a comment\n\nevent: x\n\n", usage=None), Finished("stop", None)),
        (Script(raw_tail=b'data: {"choices": null}\n\n', usage=None), None),
    ],
)
async def test_servers_differ_in_how_they_end(
    server: ModelServer, provider: OpenAIProvider, script: Script, finished: Finished | None
) -> None:
    server.script = script
    if finished is None:
        assert await _kind(provider) == ErrorKind.SERVER
        return
    *deltas, last = await _all(provider)
    assert "".join(each.text for each in deltas) == "Clay remembers the hand."
    assert last == finished


async def test_what_cannot_be_stored_is_left_out(
    server: ModelServer, provider: OpenAIProvider
) -> None:
    usage = {"prompt_tokens": 2**40, "completion_tokens": -5}
    server.script = Script(pieces=("a\x00b", "\x00"), finish_reason="s\x00" * 60, usage=usage)
    *deltas, last = await _all(provider)
    assert deltas == [Delta("ab")]
    assert last.reason == "other"
    assert last.usage == Usage(None, None, None)


async def test_a_refusal_in_words_is_a_text(server: ModelServer, provider: OpenAIProvider) -> None:
    words = json.dumps({"choices": [{"delta": {"refusal": "I cannot."}, "finish_reason": None}]})
    server.script = Script(pieces=(), raw_tail=f"data: {words}\n\n".encode())
    first, last = await _all(provider)
    assert first == Delta("I cannot.")
    assert last.reason == "refusal"


async def test_a_server_that_is_not_there(provider: OpenAIProvider) -> None:
    gone = OpenAIProvider(name="acme", api_key="k", base_url="http://127.0.0.1:9/v1")
    assert await _kind(gone) == ErrorKind.NETWORK
    await gone.aclose()


@pytest.mark.parametrize("part", ["first_token", "gap", "whole"])
async def test_waiting_has_an_end(server: ModelServer, part: str) -> None:
    hasty = Patience(**{part: 0.3})
    provider = OpenAIProvider(name="acme", api_key="k", base_url=server.url, patience=hasty)
    slow: Any = {"gap_seconds": 9.0, "first_gap_seconds": 9.0 if part == "first_token" else 0.0}
    if part == "whole":
        slow = {"gap_seconds": 0.05}
    server.script = Script(("x",) * 100, **slow)
    started = asyncio.get_running_loop().time()
    assert await _kind(provider) == ErrorKind.TIMEOUT
    assert asyncio.get_running_loop().time() - started < 3
    await provider.aclose()


async def test_a_reader_may_take_its_time(server: ModelServer) -> None:
    # What the reader does between two pieces is nobody's delay but its own.
    hasty = Patience(gap=0.2, first_token=0.2)
    provider = OpenAIProvider(name="acme", api_key="k", base_url=server.url, patience=hasty)
    server.script = Script(gap_seconds=0.05)
    pieces = []
    async for item in provider.stream(REQUEST):
        await asyncio.sleep(0.3)
        pieces.append(item)
    assert pieces[-1] == Finished("stop", Usage(20, None, 5))
    await provider.aclose()


async def test_who_sends_us_elsewhere_is_not_followed(
    server: ModelServer, provider: OpenAIProvider
) -> None:
    before = len(server.requests)
    server.script = Script(status=307, error={}, headers={"Location": server.url + "/elsewhere"})
    assert await _kind(provider) == ErrorKind.INVALID
    assert len(server.requests) == before + 1


async def test_a_connection_is_used_again(server: ModelServer, provider: OpenAIProvider) -> None:
    server.script = Script(is_kept=True)
    before = server.connections
    for _ in range(5):
        await _all(provider)
    server.script = Script(is_kept=True, status=429)
    with pytest.raises(ProviderError):
        await _all(provider)
    assert server.connections == before + 1


async def test_a_retry_after_may_be_a_date(server: ModelServer, provider: OpenAIProvider) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=30)
    for moment, low, high in ((soon, 25, 30), (soon - timedelta(days=1), 0, 0)):
        said = format_datetime(moment, usegmt=True)
        server.script = Script(status=503, headers={"Retry-After": said})
        with pytest.raises(ProviderError) as refused:
            await _all(provider)
        assert low <= (refused.value.retry_after_seconds or 0) <= high


async def test_many_streams_run_at_once(server: ModelServer, provider: OpenAIProvider) -> None:
    server.script = Script(gap_seconds=0.1)
    started = asyncio.get_running_loop().time()
    answers = await asyncio.gather(*(_all(provider) for _ in range(30)))
    assert all(answer[-1].reason == "stop" for answer in answers)
    assert asyncio.get_running_loop().time() - started < 3


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(
    st.lists(texts, min_size=1, max_size=8),
    st.sampled_from([b"\n", b"\r\n"]),
    st.sampled_from([b"data: ", b"data:"]),
    st.data(),
)
def test_events_are_the_same_however_the_bytes_arrive(
    pieces: list[str], newline: bytes, prefix: bytes, data: Any
) -> None:
    written = [json.dumps({"t": piece}, ensure_ascii=False).encode() for piece in pieces]
    stream = b"".join(prefix + each + newline * 2 for each in written)
    stream += b": a comment" + newline * 2 + b"data: [DONE]" + newline * 2 + b"data: late\n\n"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    edges = zip([0, *cuts], [*cuts, len(stream)], strict=True)
    chunks = [stream[start:end] for start, end in edges]

    events = Events()
    read = [event for chunk in chunks if chunk for event in events.feed(chunk)]
    kept = read[: read.index(b"[DONE]")]
    assert [json.loads(event) for event in kept] == [{"t": each} for each in pieces]


def test_the_last_line_needs_no_end() -> None:
    events = Events()
    assert list(events.feed(b"data: a\ndata: b")) == [b"a"]
    assert list(events.feed(b"")) == [b"b"]
