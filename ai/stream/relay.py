"""The log in Redis: for followers in other processes, and for cancels between processes."""

import asyncio
import contextlib
import contextvars
from collections import deque
from collections.abc import AsyncIterator, Collection
from uuid import UUID

from django.conf import settings
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError, ResponseError

from ai.database import in_database
from ai.models import Generation
from ai.stream.frames import Frame
from ai.stream.hub import CANCEL_CHANNEL, Cancel, Hub
from ai.stream.log import Absent
from ai.stream.script import APPEND, as_arguments
from ai.stream.tape import Tape
from ai.stream.troubles import Troubles

# Redis that says nothing for so long is away.
SOCKET_SECONDS = 5.0
MOST_CONNECTIONS = 4
MOST_AT_ONCE = 200
# While Redis is away; what is dropped is told from the row.
MOST_WAITING = 100_000
CANCELS_LOST = "Redis does not take cancels; whoever writes finds them in the row, a little later"
FRAMES_LOST = "Redis does not take stream frames; who follows elsewhere reads the stored text"


class Relay:
    """Redis as this process and event loop see it: a few connections, however many streams."""

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            timeout=SOCKET_SECONDS,
            socket_timeout=SOCKET_SECONDS,
            protocol=2,
        )
        self._redis: Redis = Redis.from_pool(pool)
        self._append = self._redis.register_script(APPEND)
        self._waiting: deque[tuple[UUID, Frame]] = deque(maxlen=MOST_WAITING)
        self._has_frames = asyncio.Event()
        self._is_written = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._troubles = Troubles()
        self.hub: Hub | None = None

    def start(self, on_cancel: Cancel) -> None:
        """Begin to write frames, and to listen for those of others and for cancels."""
        self.hub = Hub(self._redis, on_cancel, ended_among, self._troubles)
        # An empty context: the tasks outlive the request that happened to come first.
        for work in (self._write(), self.hub.listen(), self.hub.keep_watch()):
            task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
            self._tasks.append(task)

    async def aclose(self, wait_seconds: float = 2.0) -> None:
        """Stop, once what waits was written, or Redis would not have it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_seconds):
                while self._waiting and not self._tasks[0].done():
                    self._is_written.clear()
                    await self._is_written.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    def write(self, generation_id: UUID, frame: Frame) -> None:
        """Take the next frame; it is on its way within a moment."""
        self._waiting.append((generation_id, frame))
        self._has_frames.set()

    @contextlib.asynccontextmanager
    async def following(self, generation_id: UUID) -> AsyncIterator[Tape]:
        """What another process produces, mirrored for as long as somebody here follows."""
        if self.hub is None:
            raise Absent
        async with self.hub.following(generation_id) as mirror:
            yield mirror

    async def publish_cancel(self, generation_id: UUID) -> None:
        """Ask whichever process produces it to stop; where Redis is away, its row has to do."""
        try:
            await self._redis.publish(CANCEL_CHANNEL, str(generation_id))
        except RedisError:
            self._troubles.say(CANCELS_LOST)
        else:
            self._troubles.end(CANCELS_LOST)

    async def _write(self) -> None:
        while True:
            await self._has_frames.wait()
            batch = [self._waiting[n] for n in range(min(len(self._waiting), MOST_AT_ONCE))]
            keys, arguments = as_arguments(batch)
            try:
                await self._append(keys, arguments)
            except ResponseError:
                # It would refuse again, and hold up the rest.
                self._troubles.say(FRAMES_LOST)
            except RedisError:
                # It goes again, and is there once however often; the record loses nothing anyway.
                self._troubles.say(FRAMES_LOST)
                await asyncio.sleep(1)
                continue
            else:
                self._troubles.end(FRAMES_LOST)
            self._drop(batch)

    def _drop(self, batch: list[tuple[UUID, Frame]]) -> None:
        """Forget what was written, unless newer frames have pushed it out already."""
        for each in batch:
            if self._waiting and self._waiting[0] is each:
                self._waiting.popleft()
        if not self._waiting:
            self._has_frames.clear()
            self._is_written.set()


async def ended_among(generation_ids: Collection[UUID]) -> set[UUID]:
    """Those that are no longer streaming, by their rows."""
    running = Generation.objects.streaming().filter(id__in=generation_ids)
    return set(generation_ids) - set(await in_database(list, running.values_list("id", flat=True)))


_relays: dict[asyncio.AbstractEventLoop, Relay] = {}


def relay(on_cancel: Cancel) -> Relay | None:
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
