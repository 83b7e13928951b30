"""The log in a real Redis: followers and cancels from other processes."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis import Redis

from accounts.models import User
from ai import engine
from ai.database import in_database
from ai.providers.base import Finished, Usage
from ai.stream.frames import Frame, frame
from ai.stream.hub import CANCEL_CHANNEL
from ai.stream.relay import Relay, relay
from ai.stream.tape import Place
from tests.ai.conftest import Desk, joined
from tests.ai.elsewhere import Elsewhere
from tests.ai.redis_log import follow_all, hide_memory
from tests.factories import make_generation
from tests.redis_database import redis_url

pytestmark = pytest.mark.redis
END = Finished("stop", Usage(20, 0, 5))


@pytest.fixture
def elsewhere(redis: Redis) -> Iterator[Elsewhere]:
    made = Elsewhere()
    yield made
    made.stop()


async def test_frames_are_read_elsewhere_while_they_are_written(
    redis: Redis, desk: Desk, alice: User, elsewhere: Elsewhere, monkeypatch: Any
) -> None:
    desk.provider.say("Clay ", 0.1, "remembers ", 0.1, "all.", END)
    job = await desk.write(alice)
    hide_memory(monkeypatch)
    there = await elsewhere.run(lambda: follow_all(job.id))
    row = await desk.row(job)
    assert joined(there) == row.text == "Clay remembers all."
    assert there == [(f.number, f.event, json.loads(f.data)) for f in job.stream.frames]
    assert await elsewhere.run(lambda: follow_all(job.id, 2)) == there[2:]
    assert await elsewhere.run(lambda: follow_all(job.id, 99)) == there[-1:]


async def test_the_log_in_redis_has_an_end_of_life(redis: Redis, desk: Desk, alice: User) -> None:
    desk.provider.say("Clay ", 0.3, "remembers.", END)
    job = await desk.write(alice)
    name = f"huntaze:ai:stream:{job.id}"
    await desk.until(lambda: redis.exists(name))
    assert 600 < redis.ttl(name) <= 3_600
    await desk.until(lambda: 0 < redis.ttl(name) <= 600)


async def test_a_cancel_reaches_the_process_that_writes(
    redis: Redis, desk: Desk, alice: User, elsewhere: Elsewhere
) -> None:
    desk.provider.say("Half", 30.0, END)
    job = await desk.write(alice)
    await desk.until(lambda: job.has_text)

    async def cancel() -> None:
        found = relay(lambda _id: False)
        assert found is not None
        await found.publish_cancel(job.id)

    # Again until its listener has subscribed: a cancel is for who listens.
    async with asyncio.timeout(5):
        while not job.finished.is_set():
            await elsewhere.run(cancel)
            await asyncio.sleep(0.05)
    assert (await desk.row(job)).status == "CANCELED"


async def test_a_generation_of_another_process_is_cancelled_over_redis(
    redis: Redis, desk: Desk, monkeypatch: Any
) -> None:
    heard: list[UUID] = []
    listener = Relay(redis_url())

    def hear(generation_id: UUID) -> bool:
        heard.append(generation_id)
        return True

    listener.start(hear)
    unknown_here = uuid4()
    async with asyncio.timeout(5):
        while unknown_here not in heard:
            await engine.cancel(unknown_here)
            await asyncio.sleep(0.05)
    await listener.aclose()


async def test_a_cancel_that_was_not_heard_is_said_again(
    redis: Redis, desk: Desk, alice: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(engine, "AGAIN_SECONDS", 0.1)
    elsewhere = await in_database(make_generation, alice)
    heard: list[UUID] = []
    # Its channel comes up only behind the first word.
    found = relay(engine.cancel_local)
    assert found is not None
    real, listener = found.publish_cancel, Relay(redis_url())

    def hear(generation_id: UUID) -> bool:
        heard.append(generation_id)
        return True

    async def publish(generation_id: UUID) -> None:
        await real(generation_id)
        if listener.hub is None:
            listener.start(hear)

    monkeypatch.setattr(found, "publish_cancel", publish)
    await engine.cancel(elsewhere.id, wait_seconds=2.0)
    assert elsewhere.id in heard
    await listener.aclose()


async def test_what_is_none_of_ours_leaves_the_listener_alive(redis: Redis) -> None:
    heard: list[UUID] = []
    listener, wanted = Relay(redis_url()), uuid4()

    def hear(generation_id: UUID) -> bool:
        heard.append(generation_id)
        return True

    listener.start(hear)
    async with asyncio.timeout(5):
        while wanted not in heard:
            redis.publish(CANCEL_CHANNEL, "nonsense")
            redis.publish(CANCEL_CHANNEL, str(wanted))
            await asyncio.sleep(0.05)
    await listener.aclose()


async def test_who_leaves_while_they_subscribe_leaves_nothing(
    redis: Redis, monkeypatch: Any
) -> None:
    made = Relay(redis_url())
    made.start(lambda _id: False)
    hub = made.hub
    assert hub is not None
    is_saying = asyncio.Event()

    async def say(*_command: str) -> None:
        is_saying.set()
        await asyncio.sleep(30)

    with monkeypatch.context() as patch:
        patch.setattr(hub, "_say", say)
        following = asyncio.ensure_future(_read(made, uuid4()))
        await is_saying.wait()
        patch.undo()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert not hub._mirrors
    await made.aclose()


async def _read(made: Relay, generation_id: UUID, after: int = 0) -> list[Frame]:
    got: list[Frame] = []
    async with made.following(generation_id) as tape:
        with Place(tape, after) as place:
            while not (got and got[-1].is_last):
                if frames := place.read():
                    got += frames
                else:
                    await place.is_silent()
    return got


async def test_many_frames_are_written_in_order(redis: Redis) -> None:
    made = Relay(redis_url())
    made.start(lambda _id: False)
    generation_id = uuid4()
    frames = [frame(number, "delta", {"text": str(number)}) for number in range(1, 1_200)]
    frames.append(Frame(1_200, "done", b"{}"))
    for each in frames:
        made.write(generation_id, each)
    async with asyncio.timeout(10):
        assert await _read(made, generation_id) == frames
        assert await _read(made, generation_id, 1_100) == frames[1_100:]
    await made.aclose()


async def test_many_who_follow_share_few_connections_and_one_copy(redis: Redis) -> None:
    writer, follower = Relay(redis_url()), Relay(redis_url())
    generations = [uuid4() for _ in range(40)]
    before = len(redis.client_list())
    for made in (writer, follower):
        made.start(lambda _id: False)
    readings = [asyncio.ensure_future(_read(follower, each)) for each in generations * 5]
    for number in range(1, 30):
        for each in generations:
            writer.write(each, frame(number, "delta", {"text": str(number)}))
        await asyncio.sleep(0)
    connected = len(redis.client_list()) - before
    for each in generations:
        writer.write(each, Frame(30, "done", b"{}"))
    async with asyncio.timeout(10):
        got = await asyncio.gather(*readings)
    assert [[each.number for each in frames] for frames in got] == [list(range(1, 31))] * 200
    # Of two processes: a channel each, and a few for commands.
    assert connected <= 10
    assert all(one is other for one, other in zip(got[0], got[40], strict=True))
    hub = follower.hub
    assert hub is not None
    assert not hub._mirrors
    await asyncio.gather(writer.aclose(), follower.aclose())


async def test_what_is_sent_twice_is_there_once(redis: Redis) -> None:
    made = Relay(redis_url())
    made.start(lambda _id: False)
    generation_id = uuid4()
    frames = [frame(1, "start", {}), frame(2, "delta", {"text": "x"}), Frame(3, "done", b"{}")]
    for each in [*frames[:2], *frames]:
        made.write(generation_id, each)
    async with asyncio.timeout(5):
        assert await _read(made, generation_id) == frames
    assert redis.xlen(f"huntaze:ai:stream:{generation_id}") == 3
    await made.aclose()
