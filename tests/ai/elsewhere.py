"""An event loop in a thread of its own, with no log in its memory: another process to Redis."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from ai.stream.relay import close_relay


class Elsewhere:
    """Runs coroutines there."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def begin(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> "asyncio.Future[Any]":
        """Run it there; a future of here."""
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), self.loop))

    async def run(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Run it there, wait here."""
        return await asyncio.wait_for(self.begin(work), 20)

    def stop(self) -> None:
        """End the loop."""
        asyncio.run_coroutine_threadsafe(close_relay(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()
