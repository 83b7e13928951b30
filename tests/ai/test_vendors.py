"""What each vendor is sent, and what only that vendor says."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from ai.providers.anthropic import AnthropicProvider
from ai.providers.base import (
    Accepted,
    Delta,
    ErrorKind,
    Finished,
    Message,
    ModelRequest,
    ProviderError,
    Schema,
    Usage,
)
from ai.providers.http import HttpProvider
from ai.providers.openai import AzureProvider, LocalProvider, OpenAIProvider
from tests.fakes.model_server import ModelServer, Script, running_model_server

SCHEMA = Schema("ideas", {"type": "object", "properties": {}, "additionalProperties": False})
MESSAGES = (Message("system", "Be kind."), Message("system", "Be brief."), Message("user", "Clay?"))
PLAIN = ModelRequest("m 1/x", MESSAGES, 96)
STRUCTURED = ModelRequest("m-1", MESSAGES, 96, SCHEMA)
CHAT = [{"role": each.role, "content": each.content} for each in MESSAGES]


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with running_model_server() as running:
        yield running


@pytest.fixture
async def vendors(server: ModelServer) -> AsyncIterator[dict[str, HttpProvider]]:
    host = f"http://127.0.0.1:{server.port}"
    made: dict[str, HttpProvider] = {
        "openai": OpenAIProvider(name="openai", api_key="k", base_url=server.url + "/"),
        "local": LocalProvider(name="local", api_key="k", base_url=server.url),
        "azure": AzureProvider(
            name="azure", api_key="k", base_url=host + "/", api_version="2024-10-21"
        ),
        "azure v1": AzureProvider(name="azure", api_key="k", base_url=host),
        "anthropic": AnthropicProvider(name="anthropic", api_key="k", base_url=host),
    }
    yield made
    for each in made.values():
        await each.aclose()


async def _all(provider: HttpProvider, request: ModelRequest = PLAIN) -> list[Any]:
    accepted, *items = [item async for item in provider.stream(request)]
    assert accepted == Accepted()
    return items


def _events(*events: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events)


@pytest.mark.parametrize(
    ("vendor", "path", "header", "limit"),
    [
        ("openai", "/v1/chat/completions", ("authorization", "Bearer k"), "max_completion_tokens"),
        ("local", "/v1/chat/completions", ("authorization", "Bearer k"), "max_tokens"),
        (
            "azure",
            "/openai/deployments/m%201%2Fx/chat/completions?api-version=2024-10-21",
            ("api-key", "k"),
            "max_completion_tokens",
        ),
        ("azure v1", "/openai/v1/chat/completions", ("api-key", "k"), "max_completion_tokens"),
        ("anthropic", "/v1/messages", ("x-api-key", "k"), "max_tokens"),
    ],
)
async def test_each_vendor_is_asked_as_it_wants(
    server: ModelServer,
    vendors: dict[str, HttpProvider],
    vendor: str,
    path: str,
    header: tuple[str, str],
    limit: str,
) -> None:
    server.script = Script()
    await _all(vendors[vendor])
    seen = server.requests[-1]
    assert seen.path == path
    assert seen.headers[header[0]] == header[1]
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.body[limit] == 96
    assert seen.body["model"] == "m 1/x"
    assert seen.body["stream"] is True
    if vendor == "anthropic":
        assert seen.headers["anthropic-version"] == "2023-06-01"
        assert seen.body["system"] == "Be kind.\n\nBe brief."
        assert seen.body["messages"] == CHAT[2:]
    else:
        assert seen.body["messages"] == CHAT
        assert seen.body["stream_options"] == {"include_usage": True}
    assert ("temperature" in seen.body) is (vendor == "local")


@pytest.mark.parametrize("vendor", ["openai", "local", "azure"])
async def test_a_schema_is_a_response_format(
    server: ModelServer, vendors: dict[str, HttpProvider], vendor: str
) -> None:
    server.script = Script()
    await _all(vendors[vendor], STRUCTURED)
    assert server.requests[-1].body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "ideas", "schema": SCHEMA.schema, "strict": True},
    }


async def test_anthropic_has_an_output_format(
    server: ModelServer, vendors: dict[str, HttpProvider]
) -> None:
    server.script = Script()
    await _all(vendors["anthropic"], STRUCTURED)
    wanted = {"format": {"type": "json_schema", "schema": SCHEMA.schema}}
    assert server.requests[-1].body["output_config"] == wanted


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"type": "overloaded_error"}, ErrorKind.SERVER),
        ({"type": "rate_limit_error"}, ErrorKind.RATE_LIMIT),
        ({"type": "authentication_error"}, ErrorKind.AUTH),
        ({"type": "invalid_request_error", "message": "no"}, ErrorKind.INVALID),
        ({"code": "content_filter"}, ErrorKind.CONTENT_FILTER),
        ({"code": 502, "message": "Bad gateway"}, ErrorKind.SERVER),
        ({"code": 429}, ErrorKind.RATE_LIMIT),
        ({"code": "unheard_of"}, ErrorKind.SERVER),
        ({}, ErrorKind.SERVER),
    ],
)
@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
async def test_an_error_in_mid_stream_comes_behind_what_was_written(
    server: ModelServer,
    vendors: dict[str, HttpProvider],
    vendor: str,
    error: dict[str, Any],
    kind: ErrorKind,
) -> None:
    server.script = Script(("Half ",), raw_tail=_events({"type": "error", "error": error}))
    got: list[Any] = []

    async def read() -> None:
        async for item in vendors[vendor].stream(PLAIN):
            got.append(item)  # noqa: PERF401  (what came before the error counts)

    with pytest.raises(ProviderError) as failed:
        await read()
    assert [each for each in got if not isinstance(each, (Accepted, Usage))] == [Delta("Half ")]
    assert failed.value.kind == kind


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"code": "context_length_exceeded"}, ErrorKind.PROMPT_TOO_LONG),
        (400, {"type": "exceed_context_size_error", "code": 400}, ErrorKind.PROMPT_TOO_LONG),
        (400, {"message": "maximum context length is 4096"}, ErrorKind.PROMPT_TOO_LONG),
        (400, {"message": "Output blocked by content filtering policy"}, ErrorKind.CONTENT_FILTER),
        (413, {}, ErrorKind.PROMPT_TOO_LONG),
        (429, {"code": "insufficient_quota"}, ErrorKind.AUTH),
        (402, {}, ErrorKind.AUTH),
        (403, {}, ErrorKind.AUTH),
        (404, {}, ErrorKind.AUTH),
        (408, {}, ErrorKind.TIMEOUT),
        (409, {}, ErrorKind.SERVER),
        (504, {}, ErrorKind.TIMEOUT),
        (529, {"type": "overloaded_error"}, ErrorKind.SERVER),
    ],
)
async def test_each_refusal_has_its_kind(
    server: ModelServer,
    vendors: dict[str, HttpProvider],
    status: int,
    error: dict[str, Any],
    kind: ErrorKind,
) -> None:
    server.script = Script(status=status, error=error)
    for vendor in ("openai", "anthropic"):
        with pytest.raises(ProviderError) as failed:
            await _all(vendors[vendor])
        assert failed.value.kind == kind


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("stop_sequence", "stop"),
        ("refusal", "refusal"),
        ("something_new", "other"),
    ],
)
async def test_anthropics_reasons_are_ours(
    server: ModelServer, vendors: dict[str, HttpProvider], told: str, reason: str
) -> None:
    server.script = Script(finish_reason=told)
    assert (await _all(vendors["anthropic"]))[-1] == Finished(reason, Usage(20, 0, 5, 0))


async def test_thinking_is_no_text_and_is_counted_as_reasoning(
    server: ModelServer, vendors: dict[str, HttpProvider]
) -> None:
    thought = {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "h"}}
    usage = {"output_tokens": 40, "output_tokens_details": {"thinking_tokens": 30}}
    last = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
    server.script = Script(("Half ",), raw_tail=_events(thought, last), finish_reason=None)
    whole = Usage(20, 0, 40, 0, 30)
    got = await _all(vendors["anthropic"])
    assert [each for each in got if not isinstance(each, Usage)] == [
        Delta("Half "),
        Finished("stop", whole),
    ]


async def test_a_count_stands_behind_the_text_that_it_is_of(
    server: ModelServer, vendors: dict[str, HttpProvider]
) -> None:
    def chunk(text: str, written: int) -> dict[str, Any]:
        usage = {"prompt_tokens": 20, "completion_tokens": written}
        return {"choices": [{"delta": {"content": text}}], "usage": usage}

    def plain(text: str) -> dict[str, Any]:
        return {"choices": [{"delta": {"content": text}}]}

    # All in one read of the socket.
    tail = _events(chunk("a ", 1), chunk("b ", 2), plain("c "), plain("d"))
    server.script = Script((), raw_tail=tail, is_cut=True, gap_seconds=0.1)
    got: list[Any] = []

    async def read() -> None:
        async for item in vendors["openai"].stream(PLAIN):
            got.append(item)  # noqa: PERF401  (what came before the error counts)

    with pytest.raises(ProviderError):
        await read()
    assert got == [Accepted(), Delta("a b "), Usage(20, None, 2), Delta("c d")]


async def test_a_zero_is_told_from_nothing(
    server: ModelServer, vendors: dict[str, HttpProvider]
) -> None:
    details = {
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }
    server.script = Script(usage={"prompt_tokens": 0, "completion_tokens": 0, **details})
    assert (await _all(vendors["openai"]))[-1].usage == Usage(0, 0, 0, None, 0)
    server.script = Script(usage={"prompt_tokens": 7, "completion_tokens": 3})
    assert (await _all(vendors["openai"]))[-1].usage == Usage(7, None, 3)


async def test_the_last_of_several_counts_holds(
    server: ModelServer, vendors: dict[str, HttpProvider]
) -> None:
    early = {"choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 1}}
    server.script = Script(raw_tail=_events(early))
    assert (await _all(vendors["openai"]))[-1].usage == Usage(20, None, 5)


async def test_more_cached_than_read_is_not_counted_twice(
    server: ModelServer, vendors: dict[str, HttpProvider]
) -> None:
    details = {"cached_tokens": 50, "cache_write_tokens": 9}
    server.script = Script(
        usage={"prompt_tokens": 20, "completion_tokens": 5, "prompt_tokens_details": details}
    )
    assert (await _all(vendors["openai"]))[-1].usage == Usage(0, 20, 5, 0)
