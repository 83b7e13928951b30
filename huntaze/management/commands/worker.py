"""Runs the background worker as a process of its own."""

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from huntaze.tasks import worker_inside


class Command(BaseCommand):
    """`manage.py worker`: any number of them; needs REDIS_URL."""

    help = "Runs the background worker until it is interrupted."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run. Raises CommandError without Redis, where the worker runs inside the web process."""
        if not settings.REDIS_URL:
            raise CommandError(
                "REDIS_URL is not set: the worker runs inside the web process, none is needed."
            )
        asyncio.run(self._run())

    async def _run(self) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with worker_inside():
            await stop.wait()
