"""A Redis that loses frames, or itself."""

import asyncio
from contextlib import aclosing
from typing import Any
from uuid import UUID

import pytest
from redis import Redis
from redis.exceptions import RedisError

from accounts.models import User
from ai.providers.base import Finished, Usage
from ai.stream import memory
from ai.stream import relay as relay_module
from ai.stream.follow import follow
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


async def test_a_model_that_thinks_is_no_failure_of_redis(
    redis: Redis, desk: Desk, alice: User, monkeypatch: Any
) -> None:
    assert relay_module.BLOCK_SECONDS < relay_module.SOCKET_SECONDS
    for name, seconds in {"SOCKET_SECONDS": 0.5, "BLOCK_SECONDS": 0.2}.items():
        monkeypatch.setattr(relay_module, name, seconds)
    monkeypatch.setattr(relay_module, "HEARTBEAT_SECONDS", 0.4)
    hide_memory(monkeypatch)
    desk.provider.say("Clay ", 1.5, "remembers.", END)
    job = await desk.write(alice)
    async with asyncio.timeout(10), aclosing(follow(job.id)) as frames:  # type: ignore[type-var]
        heard = [each.event if each else "heartbeat" async for each in frames]
    assert heard[:2] == ["start", "delta"]
    assert heard[-2:] == ["delta", "done"]
    assert 2 <= len(heard[2:-2]) <= 4
    assert set(heard[2:-2]) == {"heartbeat"}


async def test_an_outage_is_said_once(settings: Any, desk: Desk, alice: User, caplog: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    for _ in range(2):
        await desk.finish(alice)
        await asyncio.sleep(1.1)
    said = [record.getMessage() for record in caplog.records if record.name == "huntaze.ai"]
    assert sorted(said) == [relay_module.CANCELS_LOST, relay_module.FRAMES_LOST]
