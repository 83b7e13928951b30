"""One connection to Redis on which this process hears frames of other processes, and cancels."""

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ai.stream.frames import HEARTBEAT_SECONDS
from ai.stream.mirror import Mirror
from ai.stream.script import LOOK, from_channel, from_stream, log_name
from ai.stream.troubles import Troubles

logger = logging.getLogger("huntaze.ai")

CANCEL_CHANNEL = "huntaze:ai:cancel"
CHANNEL_LOST = "Redis does not pass frames and cancels on; trying again each second"
# A connection that answers no PING for so long is dead, whatever the kernel believes.
PING_SECONDS = 2.0
# Who begins to follow waits so long for what was written before.
PATIENCE_SECONDS = 1.5
DEAD_SECONDS = 5.0

# Which of these generations have ended, by their rows.
type Look = Callable[[Collection[UUID]], Awaitable[Collection[UUID]]]
type Cancel = Callable[[UUID], bool]


class Hub:
    """Mirrors of what is followed here, however many follow; of one process and loop."""

    def __init__(self, redis: Redis, on_cancel: Cancel, look: Look, troubles: Troubles) -> None:
        self._redis = redis
        self._on_cancel, self._look_at_rows = on_cancel, look
        self._troubles = troubles
        self._mirrors: dict[UUID, Mirror] = {}
        self._connection: Any = None
        self._patience: asyncio.Timeout | None = None
        self._heard_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_adrift(self) -> bool:
        """Whether the channel is cut at the moment."""
        return self._connection is None

    @contextlib.asynccontextmanager
    async def following(self, generation_id: UUID) -> AsyncIterator[Mirror]:
        """The one mirror, for as long as anybody follows; not whole while Redis is away."""
        mirror = self._mirrors.setdefault(generation_id, Mirror())
        mirror.followers += 1
        try:
            if mirror.followers == 1:
                mirror.heard_at = asyncio.get_running_loop().time()
                await self._say("SUBSCRIBE", log_name(generation_id))
            await mirror.whole_within(PATIENCE_SECONDS)
            yield mirror
        finally:
            mirror.followers -= 1
            if not mirror.followers and self._mirrors.get(generation_id) is mirror:
                del self._mirrors[generation_id]
                await self._say("UNSUBSCRIBE", log_name(generation_id))

    async def _say(self, *command: str) -> None:
        """Where it fails, whoever reads notices, and subscribes to all anew."""
        # (One that is cut would connect anew, without any subscription.)
        if self._connection is not None and self._connection.is_connected:
            with contextlib.suppress(RedisError, OSError):
                await self._connection.send_command(*command, check_health=False)

    def _give_up(self) -> None:
        """End the reading of a connection that is of no use."""
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time())

    async def listen(self) -> None:
        """For as long as the process runs."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError):
                self._troubles.say(CHANNEL_LOST)
            finally:
                await self._lose()
            await asyncio.sleep(1)

    async def _lose(self) -> None:
        connection, self._connection = self._connection, None
        for mirror in self._mirrors.values():
            mirror.lose()
        if connection is not None:
            with contextlib.suppress(RedisError, OSError):
                await connection.disconnect(nowait=True)

    async def _listen(self) -> None:
        pool: Any = self._redis.connection_pool
        connection = pool.make_connection()
        try:
            await connection.connect()
            names = [log_name(each) for each in self._mirrors]
            await connection.send_command("SUBSCRIBE", CANCEL_CHANNEL, *names, check_health=False)
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self._connection = connection
        self._heard_at = asyncio.get_running_loop().time()
        self._troubles.end(CHANNEL_LOST)
        async with asyncio.timeout(None) as self._patience:
            while True:
                message = await connection.read_response(timeout=math.inf)
                try:
                    self._take(message)
                except ValueError:
                    # Whoever wrote it: those who follow must not be left without a listener.
                    logger.warning("Redis has passed on what is neither a frame nor a cancel")

    def _take(self, message: Any) -> None:
        now = self._heard_at = asyncio.get_running_loop().time()
        kind, channel = message[0], message[1]
        if kind not in {b"message", b"subscribe"}:
            return
        if channel == CANCEL_CHANNEL.encode():
            if kind == b"message":
                self._on_cancel(UUID(message[2].decode()))
            return
        generation_id = UUID(channel.rpartition(b":")[2].decode())
        mirror = self._mirrors.get(generation_id)
        if mirror is None:
            return
        mirror.heard_at = now
        if kind == b"subscribe":
            # Subscribed first, then read: nothing can be written between the two unseen.
            self._heal_soon(generation_id, mirror)
        elif message[2] == LOOK:
            self._soon(self._look([generation_id]))
        elif not mirror.hear(from_channel(message[2])):
            self._heal_soon(generation_id, mirror)

    def _heal_soon(self, generation_id: UUID, mirror: Mirror) -> None:
        mirror.wants_healing = True
        if not mirror.is_healing:
            mirror.is_healing = True
            self._soon(self._heal(generation_id, mirror))

    def _soon(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _heal(self, generation_id: UUID, mirror: Mirror) -> None:
        try:
            while mirror.wants_healing:
                mirror.wants_healing = False
                start = f"{mirror.last + 1}-0"
                entries: Any = await self._redis.xrange(log_name(generation_id), min=start)
                mirror.heal(map(from_stream, entries))
        except RedisError:
            # The next connection subscribes again, and heals.
            self._give_up()
        finally:
            mirror.is_healing = False

    async def keep_watch(self) -> None:
        """Find out that the connection is dead, and that a producer is."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(PING_SECONDS)
            await self._say("PING")
            if self._connection is not None and loop.time() - self._heard_at > DEAD_SECONDS:
                self._give_up()
            silent = [
                generation_id
                for generation_id, mirror in self._mirrors.items()
                if self.is_adrift or loop.time() - mirror.heard_at > HEARTBEAT_SECONDS
            ]
            if silent:
                await self._look(silent)

    async def _look(self, generation_ids: Collection[UUID]) -> None:
        """One question to the database for all of them."""
        try:
            ended = await self._look_at_rows(generation_ids)
        except Exception:
            logger.exception("The rows of followed generations could not be read")
            return
        now = asyncio.get_running_loop().time()
        for generation_id in generation_ids:
            if mirror := self._mirrors.get(generation_id):
                mirror.heard_at = now
                if generation_id in ended:
                    mirror.is_over = True
                    mirror.wake()
