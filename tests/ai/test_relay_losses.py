"""A Redis that loses frames, or itself."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from redis import Redis
from redis.exceptions import RedisError

from accounts.models import User
from ai.providers.base import Finished, Usage
from ai.stream import memory
from ai.stream.relay import Relay
from tests.ai.conftest import Desk, joined
from tests.ai.redis_log import follow_all, hide_memory

pytestmark = pytest.mark.redis
END = Finished("stop", Usage(20, 0, 5))


async def test_a_redis_that_goes_away_leaves_the_row(
    redis: Redis, desk: Desk, alice: User, monkeypatch: Any
) -> None:
    hide_memory(monkeypatch)
    real = Relay.follow

    async def breaks(self: Relay, generation_id: UUID, after: int) -> Any:
        async for each in real(self, generation_id, after):
            yield each
            if each is not None and each.event == "delta":
                raise RedisError("gone")

    monkeypatch.setattr(Relay, "follow", breaks)
    desk.provider.say("Clay ", 0.2, "remembers.", END)
    job = await desk.write(alice)
    await asyncio.sleep(0.1)
    frames = await asyncio.wait_for(follow_all(job.id), 10)
    row = await desk.row(job)
    assert [event for _number, event, _data in frames] == ["start", "delta", "snapshot", "done"]
    assert joined(frames) == row.text == "Clay remembers."


async def test_a_redis_that_is_not_there_costs_no_text(
    settings: Any, desk: Desk, alice: User
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    job, row = await desk.finish(alice)
    assert row.status == "DONE"
    assert joined(await desk.frames(job)) == row.text
    memory._streams.clear()
    assert joined(await desk.frames(job)) == row.text


async def test_frames_that_were_lost_are_a_snapshot_and_no_gap(
    redis: Redis, desk: Desk, alice: User, monkeypatch: Any
) -> None:
    hide_memory(monkeypatch)
    desk.provider.say("Clay ", 0.05, "remembers ", 0.05, "all.", END)
    job, row = await desk.finish(alice)
    await asyncio.sleep(0.2)
    redis.xdel(f"huntaze:ai:stream:{job.id}", "3-0")
    frames = await asyncio.wait_for(follow_all(job.id), 10)
    assert joined(frames) == row.text
    assert [event for _number, event, _data in frames] == ["start", "delta", "snapshot", "done"]


async def test_a_log_without_a_beginning_is_a_snapshot(
    redis: Redis, desk: Desk, alice: User, monkeypatch: Any
) -> None:
    hide_memory(monkeypatch)
    job, row = await desk.finish(alice)
    await asyncio.sleep(0.2)
    redis.xtrim(f"huntaze:ai:stream:{job.id}", maxlen=1, approximate=False)
    frames = await asyncio.wait_for(follow_all(job.id), 10)
    assert [event for _number, event, _data in frames] == ["snapshot", "done"]
    assert joined(frames) == row.text
