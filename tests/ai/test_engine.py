"""The engine on a real event loop: what it writes, streams and stores."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from ai import engine, keeper
from ai.database import in_database
from ai.ledger import QuotaExceeded
from ai.models import Generation, Producer, UsagePeriod
from ai.providers.base import ErrorKind, Finished, Usage
from analytics.models import Event
from content.models import MAX_BODY_CHARACTERS
from tests.ai.conftest import Desk, joined
from tests.factories import make_period

END = Finished("stop", Usage(20, 0, 5))
FALLS_BACK = [
    ErrorKind.RATE_LIMIT,
    ErrorKind.TIMEOUT,
    ErrorKind.SERVER,
    ErrorKind.NETWORK,
    ErrorKind.AUTH,
]


async def _counters(user: User) -> Any:
    period = await in_database(UsagePeriod.objects.get, user=user)
    return period.generations_used, period.generations_reserved, period.spend_reserved_usd


async def test_what_was_streamed_is_what_is_stored(desk: Desk, alice: User) -> None:
    desk.provider.say("Clay ", 0.03, "remembers — ", 0.03, "粘土 🏺\n", END)
    job = await desk.write(alice)
    frames = await desk.frames(job)
    row = await desk.row(job)
    assert joined(frames) == row.text == "Clay remembers — 粘土 🏺\n"
    assert [number for number, _event, _data in frames] == list(range(1, len(frames) + 1))
    assert row.frame_count == len(frames)
    assert [event for _number, event, _data in frames] == ["start", *["delta"] * 3, "done"]
    assert frames[0][2] == {
        "id": str(job.id),
        "provider": "fake",
        "model": "mini-1",
        "tier": "mini",
        "routeReason": row.route_reason,
    }
    done = frames[-1][2]
    assert done["usage"] == {"inputTokens": 20, "cachedInputTokens": 0, "outputTokens": 5}
    assert (done["id"], done["status"], done["finishReason"]) == (str(job.id), "DONE", "stop")
    # 20 in at $1 and 5 out at $2 a million.
    assert (done["costUsd"], done["costIfFullUsd"]) == ("0.00003000", "0.00030000")
    assert row.cost_usd == Decimal(done["costUsd"])
    assert await _counters(alice) == (1, 0, 0)


async def test_a_row_stands_before_the_first_upstream_byte(desk: Desk, alice: User) -> None:
    seen: list[str] = []
    real = desk.provider.stream

    async def stream(request: Any) -> Any:
        row = await in_database(Generation.objects.get)
        seen.append(row.status)
        async for each in real(request):
            yield each

    desk.provider.stream = stream  # type: ignore[method-assign]
    await desk.finish(alice)
    assert seen == ["STREAMING"]


async def test_pieces_that_come_at_once_share_a_frame(desk: Desk, alice: User) -> None:
    pieces = [f"{number} " for number in range(500)]
    desk.provider.say(*pieces, END)
    job, row = await desk.finish(alice)
    frames = await desk.frames(job)
    assert joined(frames) == row.text == "".join(pieces)
    assert len(frames) == 4


async def test_a_steady_flow_is_written_every_few_milliseconds(desk: Desk, alice: User) -> None:
    desk.provider.say(*(step for number in range(100) for step in (f"{number} ", 0.002)), END)
    job, row = await desk.finish(alice)
    frames = await desk.frames(job)
    assert joined(frames) == row.text
    assert 10 < len(frames) < 80


async def test_the_text_is_saved_while_it_is_written(
    desk: Desk, alice: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(keeper, "SAVE_SECONDS", 0.05)
    monkeypatch.setattr(keeper, "BEAT_SECONDS", 0.05)
    desk.provider.say("Saved ", 5.0, END)
    job = await desk.write(alice)
    before = await in_database(Producer.objects.get)
    await asyncio.sleep(0.3)
    row = await desk.row(job)
    assert (row.text, row.frame_count, row.status) == ("Saved ", 2, "STREAMING")
    assert (await in_database(Producer.objects.get)).beat_at > before.beat_at
    assert row.producer_id == before.id


async def test_a_quota_that_is_used_up_starts_nothing(desk: Desk, alice: User) -> None:
    await in_database(make_period, alice, generations_used=20)
    with pytest.raises(QuotaExceeded):
        await desk.write(alice)
    assert desk.provider.requests == []
    assert engine._jobs == {}


async def test_a_process_writes_so_many_at_once(desk: Desk, alice: User, settings: Any) -> None:
    settings.AI_MAX_STREAMS = 3
    desk.provider.say("x", 5.0, END)
    outcomes = await asyncio.gather(*(desk.write(alice) for _ in range(8)), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, engine.Overloaded)]
    assert len(refused) == 5
    assert await in_database(Generation.objects.count) == 3
    assert await _counters(alice) != (0, 8, 0)


async def test_a_model_that_does_not_stop_is_stopped(desk: Desk, alice: User) -> None:
    desk.provider.say(*["x" * 60_000] * 3, END)
    job, row = await desk.finish(alice)
    assert (row.status, row.finish_reason) == ("DONE", "length")
    assert len(row.text) == MAX_BODY_CHARACTERS
    assert joined(await desk.frames(job)) == row.text
    assert desk.provider.closed == 1


async def test_the_end_is_recorded(desk: Desk, alice: User) -> None:
    job, _row = await desk.finish(alice)
    event = await in_database(Event.objects.get, event_type="generation_finished")
    assert event.event_data["generationId"] == str(job.id)
