"""The same log in Redis Streams, for followers elsewhere; and cancels between processes."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ai.stream.frames import HEARTBEAT_SECONDS, Frame

logger = logging.getLogger("huntaze.ai")

CANCEL_CHANNEL = "huntaze:ai:cancel"
LIFE_SECONDS = 3_600
LIFE_AFTER_END_SECONDS = 600
MOST_FRAMES = 20_000
# Redis that says nothing for so long is away. Who waits for a frame asks again before: a model
# that thinks is no failure of Redis.
SOCKET_SECONDS = 5.0
BLOCK_SECONDS = 3.0
FRAMES_LOST = "Redis does not take stream frames; who follows elsewhere reads the stored text"
CANCELS_LOST = "Redis does not pass cancels on; trying again each second"


def _key(generation_id: UUID) -> str:
    return f"huntaze:ai:stream:{generation_id}"


class Relay:
    """One Redis client of this process and event loop."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(url, socket_timeout=SOCKET_SECONDS)
        self._queue: asyncio.Queue[tuple[UUID, Frame]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._troubles: set[str] = set()

    def start(self, on_cancel: Callable[[UUID], bool]) -> None:
        """Begin to write frames and to listen for cancels."""
        # An empty context: the tasks outlive the request that happened to come first.
        for work in (self._write(), self._listen(on_cancel)):
            task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
            self._tasks.append(task)

    async def aclose(self) -> None:
        """Stop, once what is queued was written."""
        while not self._queue.empty() and not self._tasks[0].done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    def mirror(self, generation_id: UUID) -> Callable[[Frame], None]:
        """What the writer of a log calls with each frame; it never waits."""
        return lambda frame: self._queue.put_nowait((generation_id, frame))

    def _trouble(self, sentence: str) -> None:
        """Say it once an outage."""
        if sentence not in self._troubles:
            self._troubles.add(sentence)
            logger.warning(sentence)

    async def _write(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while not self._queue.empty() and len(batch) < 500:  # noqa: PLR2004
                batch.append(self._queue.get_nowait())
            try:
                await self._write_batch(batch)
            except RedisError:
                # Followers elsewhere fall back to the stored text; nothing of the record is lost.
                self._trouble(FRAMES_LOST)
                await asyncio.sleep(1)
            else:
                self._troubles.discard(FRAMES_LOST)

    async def _write_batch(self, batch: list[tuple[UUID, Frame]]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for generation_id, each in batch:
            key = _key(generation_id)
            fields: dict[Any, Any] = {"e": each.event, "d": each.data}
            pipe.xadd(key, fields, id=f"{each.number}-0", maxlen=MOST_FRAMES, approximate=True)
            if each.number == 1 or each.is_last:
                pipe.expire(key, LIFE_AFTER_END_SECONDS if each.is_last else LIFE_SECONDS)
        await pipe.execute()

    async def follow(self, generation_id: UUID, after: int) -> AsyncIterator[Frame | None]:
        """Frames behind `after`, then live ones; None when nothing came for a while.

        Ends early where frames are missing.
        """
        key, position = _key(generation_id), max(0, after)
        loop = asyncio.get_running_loop()
        spoke_at = loop.time()
        while True:
            block = int(BLOCK_SECONDS * 1000)
            answer: Any = await self._redis.xread({key: f"{position}-0"}, count=500, block=block)
            if not answer:
                if loop.time() - spoke_at >= HEARTBEAT_SECONDS:
                    spoke_at = loop.time()
                    yield None
                continue
            spoke_at = loop.time()
            for entry_id, fields in answer[0][1]:
                number = int(entry_id.split(b"-")[0])
                if number != position + 1:
                    # Frames were dropped, or trimmed: the row knows what they said.
                    return
                position = number
                found = Frame(number, fields[b"e"].decode(), fields[b"d"])
                yield found
                if found.is_last:
                    return

    async def holds(self, generation_id: UUID) -> bool:
        """Whether the log is there."""
        return bool(await self._redis.exists(_key(generation_id)))

    async def publish_cancel(self, generation_id: UUID) -> None:
        """Ask whichever process produces it to stop."""
        await self._redis.publish(CANCEL_CHANNEL, str(generation_id))

    async def _listen(self, on_cancel: Callable[[UUID], bool]) -> None:
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(CANCEL_CHANNEL)
                    self._troubles.discard(CANCELS_LOST)
                    async for message in channel.listen():
                        if message["type"] == "message":
                            on_cancel(UUID(message["data"].decode()))
            except RedisError:
                self._trouble(CANCELS_LOST)
                await asyncio.sleep(1)


_relays: dict[asyncio.AbstractEventLoop, Relay] = {}


def relay(on_cancel: Callable[[UUID], bool]) -> Relay | None:
    """The relay of this process; None without REDIS_URL."""
    if not settings.REDIS_URL:
        return None
    loop = asyncio.get_running_loop()
    if loop not in _relays:
        _relays[loop] = Relay(settings.REDIS_URL)
        _relays[loop].start(on_cancel)
    return _relays[loop]


async def close_relay() -> None:
    """Close it, at the end of the process."""
    if found := _relays.pop(asyncio.get_running_loop(), None):
        await found.aclose()
