"""The background worker: inside the web process on a laptop, a process of its own otherwise."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app as django_app

from api.threads import give_back_connections

logger = logging.getLogger("huntaze.worker")

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0


@contextlib.asynccontextmanager
async def worker_inside() -> AsyncIterator[None]:
    """Run the worker as a task of this event loop for as long as the context lasts."""
    task = asyncio.create_task(_run_for_ever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _run_for_ever() -> None:
    """Start the worker again whenever it ends: it gives up when it loses a database connection."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        began = time.monotonic()
        try:
            await _run_once()
            logger.warning("The background worker has stopped; it starts again")
        except Exception:
            logger.exception("The background worker has failed; it starts again")
        if time.monotonic() - began > LONGEST_PAUSE_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        await asyncio.sleep(pause)
        # Periodic jobs are deferred through Django's connection of this thread: a dead one stays.
        await sync_to_async(give_back_connections)()
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def _run_once() -> None:
    worker_app: Any = django_app.with_connector(django_app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            install_signal_handlers=False,
            listen_notify=True,
            concurrency=2,
            shutdown_graceful_timeout=5,
        )
