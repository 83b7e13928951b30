"""What a provider tells of its tokens before the end is known, however the answer ends."""

import asyncio
from typing import Any

import pytest

from accounts.models import User
from ai import engine, registry
from ai.database import in_database
from ai.models import Generation, ProviderCall
from ai.providers.anthropic import AnthropicProvider
from ai.providers.base import ErrorKind, Finished, ModelRef, ProviderError, Usage
from ai.tokens import count_messages, count_tokens
from tests.ai.conftest import PATIENCE_SECONDS, Desk
from tests.fakes.model_server import Script, running_model_server

# What was read, told at once; what was written, told by and by.
READ = Usage(700, 300, 1, 50)
PART = Usage(700, 300, 40, 50)
FIRST, SECOND = "Clay remembers. ", "It keeps what the hand has told it."


async def _call(row: Generation) -> ProviderCall:
    found: ProviderCall = await in_database(row.calls.get)
    return found


def _buckets(call: ProviderCall) -> tuple[int | None, ...]:
    return (
        call.fresh_input_tokens,
        call.cache_read_tokens,
        call.cache_write_tokens,
        call.output_tokens,
    )


@pytest.mark.parametrize("how", ["canceled", "dies"])
@pytest.mark.parametrize(
    ("steps", "told", "rest"),
    [
        ((READ, FIRST, SECOND), 1, FIRST + SECOND),
        ((READ, FIRST, PART, SECOND), 40, SECOND),
        ((READ, FIRST, SECOND, PART), 40, ""),
    ],
)
async def test_what_was_told_is_settled_and_only_the_rest_estimated(
    desk: Desk, alice: User, steps: tuple[Any, ...], told: int, rest: str, how: str
) -> None:
    last = 30.0 if how == "canceled" else ProviderError(ErrorKind.NETWORK)
    desk.provider.say(*steps, last)
    job = await desk.write(alice)
    if how == "canceled":
        await desk.until(lambda: job.length == len(FIRST + SECOND))
        engine.cancel_local(job.id)
    await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
    row = await desk.row(job)
    call = await _call(row)
    assert _buckets(call) == (700, 300, 50, told + count_tokens(rest))
    # The model may have written what never arrived.
    assert call.is_estimated
    assert row.is_usage_estimated
    assert (row.input_tokens, row.cached_input_tokens) == (1050, 300)
    assert call.cost_usd == row.cost_usd


@pytest.mark.parametrize(
    ("steps", "output", "is_estimated"),
    [
        # The end repeats what was told before the text: it is not of the text.
        ((READ, FIRST, Finished("stop", READ)), 1 + count_tokens(FIRST), True),
        ((READ, FIRST, Finished("stop", None)), 1 + count_tokens(FIRST), True),
        ((READ, FIRST, PART, Finished("stop", PART)), 40, False),
        ((FIRST, Finished("stop", PART)), 40, False),
    ],
)
async def test_an_end_is_believed_where_it_is_of_all_of_the_text(
    desk: Desk, alice: User, steps: tuple[Any, ...], output: int, is_estimated: bool
) -> None:
    desk.provider.say(*steps)
    _job, row = await desk.finish(alice)
    call = await _call(row)
    assert _buckets(call) == (700, 300, 50, output)
    assert call.is_estimated is is_estimated


async def test_what_one_model_told_is_not_of_the_next(desk: Desk, alice: User) -> None:
    desk.provider.say(READ, ProviderError(ErrorKind.SERVER), model="mini-1")
    desk.provider.say(FIRST, ProviderError(ErrorKind.SERVER), model="mini-2")
    _job, row = await desk.finish(alice)
    first, second = await in_database(lambda: list(row.calls.order_by("attempt")))
    assert (first.status, _buckets(first)) == ("RELEASED", (None,) * 4)
    assert (second.status, second.model) == ("SETTLED", "mini-2")
    assert second.cache_read_tokens is None
    assert second.fresh_input_tokens not in {None, 700}


async def test_a_real_server_that_dies_behind_its_opening(
    desk: Desk, alice: User, settings: Any
) -> None:
    """Anthropic tells what it has read before it writes."""
    usage = {
        "prompt_tokens": 900,
        "completion_tokens": 77,
        "prompt_tokens_details": {"cached_tokens": 600, "cache_write_tokens": 100},
    }
    with running_model_server() as server:
        server.script = Script(("Half ",), is_cut=True, gap_seconds=0.05, usage=usage)
        made = AnthropicProvider(
            name="fake", api_key="k", base_url=f"http://127.0.0.1:{server.port}"
        )
        registry._providers["fake"] = made
        try:
            _job, row = await desk.finish(alice)
        finally:
            await made.aclose()
    call = await _call(row)
    assert (row.status, row.text, call.model) == (
        "FAILED",
        "Half ",
        ModelRef("fake", "mini-1").model,
    )
    assert _buckets(call) == (200, 600, 100, 1 + count_tokens("Half "))
    assert call.is_estimated


async def _stopped_early(desk: Desk, alice: User, *steps: Any, by: str = "creator") -> ProviderCall:
    desk.provider.say(*steps, 30.0)
    job = await desk.write(alice)
    await desk.until(lambda: desk.provider.requests)
    # It has said all that stands before the pause.
    await asyncio.sleep(0.05)
    engine.cancel_local(job.id, "" if by == "creator" else "interrupted")
    await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
    row = await desk.row(job)
    assert (row.text, row.is_counted) == ("", False)
    call = await _call(row)
    assert row.cost_usd == (call.cost_usd or 0)
    return call


async def test_what_is_stopped_before_its_first_word_is_paid_once_it_was_taken(
    desk: Desk, alice: User
) -> None:
    """Else who starts and stops would have models think for nothing."""
    call = await _stopped_early(desk, alice, READ)
    assert (call.status, _buckets(call)) == ("SETTLED", (700, 300, 50, 1))


async def test_a_taken_request_of_which_nothing_was_told_is_counted_here(
    desk: Desk, alice: User
) -> None:
    call = await _stopped_early(desk, alice)
    (request,) = desk.provider.requests
    assert (call.status, call.is_estimated) == ("SETTLED", True)
    assert _buckets(call) == (count_messages(request.messages), None, None, 0)
    assert call.cost_usd


async def test_a_stop_of_the_server_is_no_creators_doing(desk: Desk, alice: User) -> None:
    call = await _stopped_early(desk, alice, READ, by="server")
    assert (call.status, call.cost_usd) == ("RELEASED", None)


async def test_a_request_that_was_not_taken_costs_nothing(
    desk: Desk, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def never(request: Any) -> Any:
        asked.set()
        await asyncio.sleep(30)
        yield Finished("stop", None)

    monkeypatch.setattr(desk.provider, "stream", never)
    job = await desk.write(alice)
    await asyncio.wait_for(asked.wait(), PATIENCE_SECONDS)
    engine.cancel_local(job.id)
    await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
    call = await _call(await desk.row(job))
    assert (call.status, call.cost_usd) == ("RELEASED", None)
