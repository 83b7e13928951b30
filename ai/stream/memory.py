"""The log of a generation in the memory of the process that produces it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

from ai.stream.frames import HEARTBEAT_SECONDS, Frame, frame

# How long a finished log can be replayed before the stored row takes over.
KEPT_SECONDS = 300.0

_streams: dict[UUID, "Stream"] = {}


class Stream:
    """Frames in order; one writer, any number of followers, none of whom the writer waits for."""

    def __init__(self, generation_id: UUID, mirror: Callable[[Frame], None] | None = None) -> None:
        self.generation_id = generation_id
        self.frames: list[Frame] = []
        self._mirror = mirror
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def is_closed(self) -> bool:
        """Whether the last frame has been written."""
        return bool(self.frames) and self.frames[-1].is_last

    def append(self, event: str, data: dict[str, Any]) -> Frame:
        """Write the next frame and wake who follows."""
        written = frame(len(self.frames) + 1, event, data)
        self.frames.append(written)
        if self._mirror is not None:
            self._mirror(written)
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
        return written

    async def follow(self, after: int) -> AsyncIterator[Frame | None]:
        """Frames behind number `after`, then live ones to the last; None: a heartbeat is due."""
        position = max(0, after)
        while True:
            if self.is_closed:
                # Who has read further than there is still learns how it ended.
                position = min(position, len(self.frames) - 1)
            while position < len(self.frames):
                position += 1
                yield self.frames[position - 1]
            if self.is_closed:
                return
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await future
            except TimeoutError:
                yield None


def open_stream(generation_id: UUID, mirror: Callable[[Frame], None] | None = None) -> Stream:
    """A new, empty log."""
    stream = _streams[generation_id] = Stream(generation_id, mirror)
    return stream


def local_stream(generation_id: UUID) -> Stream | None:
    """The log, if this process has it."""
    return _streams.get(generation_id)


def forget_later(generation_id: UUID) -> None:
    """Drop a finished log after a while."""
    asyncio.get_running_loop().call_later(KEPT_SECONDS, _streams.pop, generation_id, None)
