"""A Redis that loses frames, or itself."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from accounts.models import User
from ai.providers.base import Finished, Usage
from ai.stream import hub as hub_module
from ai.stream import relay as relay_module
from ai.stream import tape
from ai.stream.follow import follow
from ai.stream.memory import memory_log
from tests.ai.conftest import Desk, joined
from tests.ai.elsewhere import Elsewhere
from tests.ai.redis_log import follow_all, hide_memory
from tests.breakable_redis import BreakableRedis, breakable_redis

pytestmark = pytest.mark.redis
END = Finished("stop", Usage(20, 0, 5))


@pytest.fixture
def breakable(settings: Any, tmp_path: Path) -> Iterator[BreakableRedis]:
    with breakable_redis(tmp_path) as made:
        settings.REDIS_URL = made.url
        yield made


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    made = Elsewhere()
    yield made
    made.stop()


async def test_a_redis_that_goes_away_leaves_the_row(
    breakable: BreakableRedis, desk: Desk, alice: User, elsewhere: Elsewhere, monkeypatch: Any
) -> None:
    monkeypatch.setattr(hub_module, "PING_SECONDS", 0.2)
    desk.provider.say("Clay ", 1.0, "remembers.", END)
    job = await desk.write(alice)
    hide_memory(monkeypatch)
    reading = elsewhere.begin(lambda: follow_all(job.id))
    await asyncio.sleep(0.5)
    breakable.kill()
    frames = await asyncio.wait_for(reading, 10)
    row = await desk.row(job)
    assert [event for _number, event, _data in frames] == ["start", "delta", "snapshot", "done"]
    assert joined(frames) == row.text == "Clay remembers."


async def test_a_redis_that_comes_back_empty_is_made_up_for(
    breakable: BreakableRedis, desk: Desk, alice: User, elsewhere: Elsewhere, monkeypatch: Any
) -> None:
    """Who followed before reads on; who comes later gets a snapshot first."""
    monkeypatch.setattr("ai.keeper.SAVE_SECONDS", 0.2)
    monkeypatch.setattr("ai.stream.follow.POLL_SECONDS", 0.1)
    words = [f"word{number} " for number in range(40)]
    desk.provider.say(*[item for word in words for item in (word, 0.1)], END)
    job = await desk.write(alice)
    hide_memory(monkeypatch)
    early = elsewhere.begin(lambda: follow_all(job.id))
    await desk.until(lambda: job.stream.last > 5)
    breakable.kill()
    await asyncio.sleep(0.5)
    breakable.start()
    await asyncio.sleep(1.5)
    other = Elsewhere()
    late = other.begin(lambda: follow_all(job.id))
    frames = await asyncio.wait_for(early, 15)
    # A frame may have been on its way when Redis died: then the text so far stands for it.
    assert [event for _number, event, _data in frames].count("snapshot") <= 1
    assert sorted({number for number, *_rest in frames}) == [number for number, *_rest in frames]
    assert joined(frames) == "".join(words)
    frames = await asyncio.wait_for(late, 15)
    other.stop()
    events = [event for _number, event, _data in frames]
    assert events[0] == "snapshot"
    assert events.count("snapshot") == 1
    assert events.count("delta") > 2
    first = frames[0][0]
    assert [number for number, *_rest in frames] == list(range(first, first + len(frames)))
    assert joined(frames) == "".join(words)


async def test_a_redis_that_hangs_is_noticed(
    breakable: BreakableRedis, desk: Desk, alice: User, elsewhere: Elsewhere, monkeypatch: Any
) -> None:
    for name, seconds in {"PING_SECONDS": 0.2, "DEAD_SECONDS": 0.6}.items():
        monkeypatch.setattr(hub_module, name, seconds)
    monkeypatch.setattr(relay_module, "SOCKET_SECONDS", 0.5)
    desk.provider.say("Clay ", 1.0, "remembers.", END)
    job = await desk.write(alice)
    hide_memory(monkeypatch)
    reading = elsewhere.begin(lambda: follow_all(job.id))
    await asyncio.sleep(0.5)
    breakable.hang()
    frames = await asyncio.wait_for(reading, 10)
    breakable.go_on()
    assert joined(frames) == (await desk.row(job)).text


async def test_a_redis_that_is_not_there_costs_no_text(
    settings: Any, desk: Desk, alice: User
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    job, row = await desk.finish(alice)
    assert row.status == "DONE"
    assert joined(await desk.frames(job)) == row.text
    memory_log.clear()
    assert joined(await desk.frames(job)) == row.text


async def test_frames_that_were_lost_are_a_snapshot_and_no_gap(
    redis: Redis, desk: Desk, alice: User, monkeypatch: Any
) -> None:
    desk.provider.say("Clay ", 0.05, "remembers ", 0.05, "all.", END)
    job, row = await desk.finish(alice)
    name = f"huntaze:ai:stream:{job.id}"
    await desk.until(lambda: redis.xlen(name) == job.stream.last)
    hide_memory(monkeypatch)
    redis.xdel(name, "3-0")
    frames = await asyncio.wait_for(follow_all(job.id), 10)
    assert joined(frames) == row.text
    assert [event for _number, event, _data in frames] == ["snapshot", "done"]


async def test_a_log_without_a_beginning_is_a_snapshot(
    redis: Redis, desk: Desk, alice: User, monkeypatch: Any
) -> None:
    job, row = await desk.finish(alice)
    name = f"huntaze:ai:stream:{job.id}"
    await desk.until(lambda: redis.xlen(name) == job.stream.last)
    hide_memory(monkeypatch)
    redis.xtrim(name, maxlen=1, approximate=False)
    frames = await asyncio.wait_for(follow_all(job.id), 10)
    assert [event for _number, event, _data in frames] == ["snapshot", "done"]
    assert joined(frames) == row.text


async def test_a_model_that_thinks_is_no_failure_of_redis(
    redis: Redis, desk: Desk, alice: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(tape, "HEARTBEAT_SECONDS", 0.4)
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 0.4)
    for name, seconds in {"PING_SECONDS": 0.2, "DEAD_SECONDS": 0.5}.items():
        monkeypatch.setattr(hub_module, name, seconds)
    desk.provider.say("Clay ", 1.5, "remembers.", END)
    job = await desk.write(alice)
    hide_memory(monkeypatch)
    async with asyncio.timeout(10), aclosing(follow(job.id)) as batches:  # type: ignore[type-var]
        heard = [frames async for frames in batches]
    events = [each.event for frames in heard for each in frames]
    assert events == ["start", "delta", "delta", "done"]
    assert 2 <= heard.count([]) <= 4


async def test_an_end_that_no_frame_tells_is_found_in_the_row(
    redis: Redis, desk: Desk, alice: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(hub_module, "PING_SECONDS", 0.1)
    desk.provider.say("Clay ", END)
    job, row = await desk.finish(alice)
    name = f"huntaze:ai:stream:{job.id}"
    await desk.until(lambda: redis.xlen(name) == job.stream.last)
    hide_memory(monkeypatch)
    redis.xdel(name, f"{job.stream.last}-0")
    frames = await asyncio.wait_for(follow_all(job.id), 10)
    assert [event for _number, event, _data in frames] == ["start", "delta", "done"]
    assert json.loads(job.stream.frames[-1].data) == frames[-1][2]
    assert joined(frames) == row.text


async def test_an_outage_is_said_once(settings: Any, desk: Desk, alice: User, caplog: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    for _ in range(2):
        await desk.finish(alice)
        await asyncio.sleep(1.1)
    said = [record.getMessage() for record in caplog.records if record.name == "huntaze.ai"]
    assert sorted(said) == sorted([hub_module.CHANNEL_LOST, relay_module.FRAMES_LOST])
