"""What a web process opens when it starts and ends when it stops.

Granian waits for open streams before it sends `lifespan.shutdown`, and not at all for sockets, so
SIGTERM and SIGINT have to end both themselves: handlers in front of the server's own do.
"""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from django.conf import settings
from django.urls import get_resolver

from ai import engine
from ai.registry import close_providers, warm_up
from ai.stream.relay import close_relay
from api.newsroom import end_news, open_newsroom, wind_up_news
from api.sockets import Socket
from huntaze.alone import stay_alone
from huntaze.checks import refusals
from huntaze.tasks import worker_inside

logger = logging.getLogger("huntaze")

# Streams end and are settled within 5 s of the signal; what is left then has had its chance.
HARD_STOP_SECONDS = 15.0
# Behind the last end of a text here: what is followed then is slow, or another process's.
LAST_WORDS_SECONDS = 1.0
LOOK_SECONDS = 0.02
# Objects made and not freed; Python's own 2,000 comes around several times a request.
COLLECT_EVERY = 20_000

type Receive = Callable[[], Awaitable[dict[str, Any]]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]


async def lifespan_application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """ASGI's lifespan protocol (https://asgi.readthedocs.io/en/latest/specs/lifespan.html)."""
    async with contextlib.AsyncExitStack() as stack:
        await receive()
        if found := refusals():
            logger.error("Could not start: %s", "; ".join(map(str, found)))
            await send({"type": "lifespan.startup.failed", "message": str(found[0].msg)})
            return
        try:
            _end_streams_on_signals(asyncio.get_running_loop())
            if not settings.REDIS_URL:
                stack.enter_context(await asyncio.to_thread(stay_alone))
            warm_up()
            # The first request would import every view.
            _ = get_resolver().url_patterns
            _leave_the_rest_alone()
            await stack.enter_async_context(open_newsroom())
            if settings.WORKER_INSIDE_WEB:
                await stack.enter_async_context(worker_inside())
        except Exception as error:
            logger.exception("Could not start")
            await send({"type": "lifespan.startup.failed", "message": type(error).__name__})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await engine.stop()
        await close_relay()
        await close_providers()
    await send({"type": "lifespan.shutdown.complete"})


def _leave_the_rest_alone() -> None:
    """Keep the collector from looking through all that was imported, again and again.

    What a request leaves behind is freed by counting; cycles are few and may wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 50)


def _end_at_last() -> None:
    """End the process even where something hangs: a database that went away first, say."""
    last = threading.Timer(HARD_STOP_SECONDS, os._exit, (0,))
    last.daemon = True
    last.start()


def _end_streams_on_signals(loop: asyncio.AbstractEventLoop) -> None:
    """Put ourselves in front of the server's handlers, which wait for what we end.

    Not for sockets: those it cuts off at once. So SIGTERM is ours, and the server is told of it by
    SIGINT, which means the same to it, when the sockets are done with.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    ending: set[asyncio.Task[None]] = set()
    before = signal.getsignal(signal.SIGINT)

    def begin(work: Coroutine[Any, Any, None]) -> None:
        # Referred to, since a loop does not hold its tasks.
        ending.add(loop.create_task(work))

    def terminate() -> None:
        _end_at_last()
        begin(_end_sockets_first())

    def interrupt(signum: int, stack_frame: Any) -> None:
        loop.call_soon_threadsafe(lambda: begin(engine.stop()))
        loop.call_soon_threadsafe(end_news)
        _end_at_last()
        if callable(before):
            before(signum, stack_frame)

    signal.signal(signal.SIGINT, interrupt)
    loop.add_signal_handler(signal.SIGTERM, terminate)


async def _end_sockets_first() -> None:
    """Who follows a text over a socket is told how it ended, as who reads its stream is."""
    wind_up_news()
    stopping = asyncio.ensure_future(engine.stop())
    while Socket.count and not stopping.done():  # noqa: ASYNC110  (a count tells nobody)
        await asyncio.sleep(LOOK_SECONDS)
    await _sockets_closed_within(LAST_WORDS_SECONDS)
    end_news()
    await _sockets_closed_within(LAST_WORDS_SECONDS)
    os.kill(os.getpid(), signal.SIGINT)
    await stopping


async def _sockets_closed_within(seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while Socket.count and time.monotonic() < deadline:  # noqa: ASYNC110  (the same)
        await asyncio.sleep(LOOK_SECONDS)
