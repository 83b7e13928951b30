"""The background worker: inside the web process on a laptop, a process of its own otherwise."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

from procrastinate import App
from procrastinate.contrib.django import app as django_app

logger = logging.getLogger("huntaze.worker")


def on_app_ready(app: App) -> None:
    """Procrastinate's hook: nothing beyond the tasks that the apps declare."""


@contextlib.asynccontextmanager
async def worker_inside() -> AsyncIterator[None]:
    """Run the worker as a task of this event loop for as long as the context lasts."""
    worker_app: Any = django_app.with_connector(django_app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker_app.open_async():
        task = asyncio.create_task(
            worker_app.run_worker_async(
                install_signal_handlers=False,
                listen_notify=True,
                concurrency=2,
                shutdown_graceful_timeout=5,
            )
        )
        task.add_done_callback(_note_end)
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _note_end(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.error("The background worker has stopped", exc_info=error)
