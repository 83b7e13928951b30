"""Carries news to the channel layer without making anybody wait, from a loop or from a thread."""

import asyncio
import atexit
import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from typing import Any

from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

logger = logging.getLogger("huntaze.news")

SEND_SECONDS = 2.0
# After a failure nothing is tried for this long: what is sent meanwhile is lost, as news may be.
PAUSE_SECONDS = 1.0
MOST_PENDING = 2_000
GOODBYE_SECONDS = 2.0
AWAY = (RedisError, OSError, TimeoutError)


def group_of(user_id: str) -> str:
    """The channel layer's group of one person."""
    return f"news.{user_id}"


def _is_unheard(message: dict[str, Any]) -> bool:
    """Whether nobody listens: a layer in memory knows."""
    layer = get_channel_layer()
    return isinstance(layer, InMemoryChannelLayer) and group_of(message["user"]) not in layer.groups


class Courier:
    """What one process sends by: its server's loop, else a loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread_lock = threading.Lock()
        self._thread_loop: asyncio.AbstractEventLoop | None = None
        self._pending: set[Future[None]] = set()
        self._paused_until = 0.0
        self._is_away = False

    @contextlib.contextmanager
    def on(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Send by this loop, the one that the sockets live on, until the context ends."""
        before, self._loop = self._loop, loop
        try:
            yield
        finally:
            self._loop = before

    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop to send by; None where nothing in this process could reach a socket."""
        if self._loop is not None:
            return self._loop
        return self._own_loop() if settings.REDIS_URL else None

    def _own_loop(self) -> asyncio.AbstractEventLoop:
        """For processes without a server (commands, workers): made once, at the first news."""
        with self._thread_lock:
            if self._thread_loop is None:
                self._thread_loop = asyncio.new_event_loop()
                thread = threading.Thread(
                    target=self._thread_loop.run_forever, name="huntaze-news", daemon=True
                )
                thread.start()
                # A command is over before its news are out.
                atexit.register(self.flush)
            return self._thread_loop

    def hand_over(self, loop: asyncio.AbstractEventLoop, message: dict[str, Any]) -> None:
        """Send by the loop, and return at once. Beyond a bound it is dropped."""
        if len(self._pending) >= MOST_PENDING or time.monotonic() < self._paused_until:
            return
        if _is_unheard(message):
            return
        sending = asyncio.run_coroutine_threadsafe(self._send(message), loop)
        self._pending.add(sending)
        sending.add_done_callback(self._pending.discard)

    async def _send(self, message: dict[str, Any]) -> None:
        layer: Any = get_channel_layer()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await layer.group_send(group_of(message["user"]), message)
        except AWAY as error:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            if not self._is_away:
                logger.warning("Redis does not take news (%s); pages catch up later", error)
            self._is_away = True
        else:
            self._is_away = False

    def flush(self) -> None:
        """Wait a little for what is on its way."""
        wait(list(self._pending), GOODBYE_SECONDS)


courier = Courier()


def post(message: dict[str, Any]) -> None:
    """Send; never fails for its caller.

    A command beside a server that keeps everything in memory hands it on by a background job,
    which runs inside that server.
    """
    loop = courier.loop()
    if loop is not None:
        courier.hand_over(loop, message)
        return
    from api.tasks import pass_on_news  # the task imports this module

    try:
        pass_on_news.defer(message=message)
    except DatabaseError as error:
        logger.warning("News could not be handed on: %s", error)


def post_here(message: dict[str, Any]) -> None:
    """Send if this process can reach a socket, else drop it."""
    loop = courier.loop()
    if loop is not None:
        courier.hand_over(loop, message)
