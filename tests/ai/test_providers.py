"""The fake is held to the real interface: one suite, run against both."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from ai.providers.anthropic import AnthropicProvider
from ai.providers.base import (
    Accepted,
    Delta,
    ErrorKind,
    Finished,
    Item,
    Message,
    ModelRequest,
    Provider,
    ProviderError,
    Usage,
)
from ai.providers.openai import AzureProvider, LocalProvider, OpenAIProvider
from tests.fakes.model_server import ModelServer, Script, running_model_server
from tests.fakes.provider import ScriptedProvider

REQUEST = ModelRequest("m-1", (Message("system", "Be kind."), Message("user", "Clay?")), 96)
PIECES = ("Clay ", "se souvient — ", "粘土 🏺")
USAGE = Usage(9, 8, 5, 3)
WIRE_USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 5,
    "prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 3},
}


class Fake:
    """The scripted provider, told what to do in the suite's words."""

    def __init__(self) -> None:
        self.provider: Any = ScriptedProvider()

    def answers(self, *, gap_seconds: float = 0.0, first_gap_seconds: float = 0.0) -> None:
        steps: list[Any] = [first_gap_seconds]
        for piece in PIECES:
            steps += [piece, gap_seconds]
        self.provider.say(*steps, Finished("stop", USAGE))

    def refuses(self, kind: ErrorKind) -> None:
        self.provider.say(ProviderError(kind))

    def breaks_behind_the_first_piece(self) -> None:
        self.provider.say(PIECES[0], ProviderError(ErrorKind.NETWORK))

    async def is_closed(self) -> bool:
        return bool(self.provider.closed)


class Real:
    """Each adapter against our model server, which speaks as its vendor does."""

    STATUSES = {
        ErrorKind.AUTH: Script(status=401),
        ErrorKind.RATE_LIMIT: Script(status=429),
        ErrorKind.SERVER: Script(status=500),
        ErrorKind.INVALID: Script(status=400),
        ErrorKind.CONTENT_FILTER: Script(
            status=400, error={"message": "refused", "code": "content_filter"}
        ),
        ErrorKind.PROMPT_TOO_LONG: Script(
            status=400, error={"message": "prompt is too long", "type": "invalid_request_error"}
        ),
    }

    def __init__(self, server: ModelServer, vendor: str) -> None:
        self.server = server
        host = f"http://127.0.0.1:{server.port}"
        self.provider: Any = {
            "openai": lambda: OpenAIProvider(
                name="openai", api_key="sk-secret", base_url=server.url
            ),
            "azure": lambda: AzureProvider(
                name="azure", api_key="sk-secret", base_url=host, api_version="2025-04-01-preview"
            ),
            "local": lambda: LocalProvider(name="local", api_key="local", base_url=server.url),
            "anthropic": lambda: AnthropicProvider(
                name="anthropic", api_key="sk-secret", base_url=host
            ),
        }[vendor]()

    def answers(self, *, gap_seconds: float = 0.0, first_gap_seconds: float = 0.0) -> None:
        self.server.script = Script(
            PIECES, gap_seconds=gap_seconds, first_gap_seconds=first_gap_seconds, usage=WIRE_USAGE
        )

    def refuses(self, kind: ErrorKind) -> None:
        self.server.script = self.STATUSES[kind]

    def breaks_behind_the_first_piece(self) -> None:
        self.server.script = Script(PIECES[:1], is_cut=True, gap_seconds=0.05)

    async def is_closed(self) -> bool:
        for _ in range(100):
            if self.server.requests[-1].has_left:
                return True
            await asyncio.sleep(0.01)
        return False


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    """One server for the suite; each test writes its script."""
    with running_model_server() as running:
        yield running


@pytest.fixture(params=["fake", "openai", "azure", "local", "anthropic"])
async def subject(request: Any, server: ModelServer) -> AsyncIterator[Any]:
    """One of them."""
    chosen = Fake() if request.param == "fake" else Real(server, request.param)
    yield chosen
    await chosen.provider.aclose()


async def _all(provider: Provider) -> list[Item]:
    return [item async for item in provider.stream(REQUEST)]


async def test_deltas_and_then_one_end(subject: Any) -> None:
    subject.answers()
    first, *before, last = await _all(subject.provider)
    assert first == Accepted()
    deltas = [each for each in before if isinstance(each, Delta)]
    assert all(each.text for each in deltas)
    assert "".join(each.text for each in deltas) == "".join(PIECES)
    assert last == Finished("stop", USAGE)
    # What comes early is what was read, and no end of it.
    assert not [each for each in before if isinstance(each, Finished)]
    assert {each.input_tokens for each in before if isinstance(each, Usage)} <= {20}


@pytest.mark.parametrize(
    "kind",
    [
        ErrorKind.AUTH,
        ErrorKind.RATE_LIMIT,
        ErrorKind.SERVER,
        ErrorKind.INVALID,
        ErrorKind.CONTENT_FILTER,
        ErrorKind.PROMPT_TOO_LONG,
    ],
)
async def test_a_refusal_has_a_kind_and_no_words_of_the_vendor(
    subject: Any, kind: ErrorKind
) -> None:
    subject.refuses(kind)
    with pytest.raises(ProviderError) as refused:
        await _all(subject.provider)
    assert refused.value.kind == kind
    assert str(refused.value) == kind.value


async def test_a_break_in_the_middle_keeps_what_had_come(subject: Any) -> None:
    subject.breaks_behind_the_first_piece()
    got: list[Any] = []

    async def read() -> None:
        async for item in subject.provider.stream(REQUEST):
            got.append(item)  # noqa: PERF401  (what came before the error counts)

    with pytest.raises(ProviderError) as broken:
        await read()
    assert broken.value.kind == ErrorKind.NETWORK
    assert broken.value.is_retryable
    assert [each for each in got if not isinstance(each, (Accepted, Usage))] == [Delta(PIECES[0])]


async def test_pieces_come_as_they_are_written(subject: Any) -> None:
    subject.answers(gap_seconds=0.2)
    started = asyncio.get_running_loop().time()
    async with aclosing(subject.provider.stream(REQUEST)) as answer:
        first = await anext(answer)
        while isinstance(first, Accepted | Usage):
            first = await anext(answer)
        assert first == Delta(PIECES[0])
        assert asyncio.get_running_loop().time() - started < 0.2
    assert await subject.is_closed()


@pytest.mark.parametrize("moment", ["before the first piece", "between two"])
async def test_a_cancelled_task_ends_the_request_upstream(subject: Any, moment: str) -> None:
    subject.answers(gap_seconds=30.0, first_gap_seconds=30.0 if "before" in moment else 0.0)
    task = asyncio.ensure_future(_all(subject.provider))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await subject.is_closed()


async def test_a_refusal_mentions_no_key_and_no_address(subject: Any, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    subject.refuses(ErrorKind.AUTH)
    with pytest.raises(ProviderError) as refused:
        await _all(subject.provider)
    told = "".join(traceback.format_exception(refused.value)) + caplog.text
    assert "sk-secret" not in told + repr(subject.provider)
