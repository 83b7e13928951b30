"""The log in a real Redis: followers and cancels from other processes."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis import Redis

from accounts.models import User
from ai import engine
from ai.providers.base import Finished, Usage
from ai.stream.frames import Frame, frame
from ai.stream.relay import Relay, close_relay, relay
from tests.ai.conftest import Desk, joined
from tests.ai.redis_log import follow_all, hide_memory
from tests.redis_database import redis_url

pytestmark = pytest.mark.redis
END = Finished("stop", Usage(20, 0, 5))


class Elsewhere:
    """An event loop in a thread of its own, with no log in its memory: another process to Redis."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    async def run(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Run it there, wait here."""
        future = asyncio.run_coroutine_threadsafe(work(), self.loop)
        return await asyncio.wait_for(asyncio.wrap_future(future), 20)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(close_relay(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()


@pytest.fixture
def elsewhere(redis: Redis) -> Iterator[Elsewhere]:
    made = Elsewhere()
    yield made
    made.stop()


async def test_frames_are_read_elsewhere_while_they_are_written(
    redis: Redis, desk: Desk, alice: User, elsewhere: Elsewhere, monkeypatch: Any
) -> None:
    hide_memory(monkeypatch)
    desk.provider.say("Clay ", 0.1, "remembers ", 0.1, "all.", END)
    job = await desk.write(alice)
    there = await elsewhere.run(lambda: follow_all(job.id))
    row = await desk.row(job)
    assert joined(there) == row.text == "Clay remembers all."
    assert there == [(f.number, f.event, json.loads(f.data)) for f in job.stream.frames]
    assert await elsewhere.run(lambda: follow_all(job.id, 2)) == there[2:]


async def test_the_log_in_redis_has_an_end_of_life(redis: Redis, desk: Desk, alice: User) -> None:
    job, _row = await desk.finish(alice)
    await asyncio.sleep(0.2)
    assert 0 < redis.ttl(f"huntaze:ai:stream:{job.id}") <= 600


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


async def test_many_frames_are_written_in_order(redis: Redis) -> None:
    made = Relay(redis_url())
    made.start(lambda _id: False)
    generation_id = uuid4()
    put = made.mirror(generation_id)
    frames = [frame(number, "delta", {"text": str(number)}) for number in range(1, 1_200)]
    for each in frames:
        put(each)
    put(Frame(1_200, "done", b"{}"))
    got = [each async for each in made.follow(generation_id, 0) if each is not None]
    assert got == [*frames, Frame(1_200, "done", b"{}")]
    await made.aclose()
