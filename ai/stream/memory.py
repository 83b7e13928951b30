"""The log in the memory of the process that produces, and the writer's end of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from ai.stream.frames import Frame, frame
from ai.stream.log import Absent, Log
from ai.stream.tape import Tape

# How long, and of how many at most, a finished log can be replayed before Redis or the stored row
# takes over.
KEPT_SECONDS = 300.0
MOST_KEPT = 500
# Pieces of text that come sooner after each other share a frame; the first of them goes at once.
COALESCE_SECONDS = 0.008


class MemoryLog:
    """What this process has produced lately."""

    def __init__(self) -> None:
        self.tapes: dict[UUID, Tape] = {}
        self._finished: dict[UUID, asyncio.TimerHandle] = {}

    def write(self, generation_id: UUID, frame: Frame) -> None:
        """Add to the tape; the last frame begins the end of its life."""
        if generation_id not in self.tapes:
            self.tapes[generation_id] = Tape()
        self.tapes[generation_id].add(frame)
        if frame.is_last:
            self._forget_later(generation_id)

    @contextlib.asynccontextmanager
    async def following(self, generation_id: UUID) -> AsyncIterator[Tape]:
        """The tape itself. Raises Absent for what another process produces, or what is old."""
        if (tape := self.tapes.get(generation_id)) is None:
            raise Absent
        yield tape

    def _forget_later(self, generation_id: UUID) -> None:
        loop = asyncio.get_running_loop()
        timer = loop.call_later(KEPT_SECONDS, self.forget, generation_id)
        self._finished[generation_id] = timer
        if len(self._finished) > MOST_KEPT:
            self.forget(next(iter(self._finished)))

    def forget(self, generation_id: UUID) -> None:
        """Drop a log; who follows it reads it to its end all the same."""
        self.tapes.pop(generation_id, None)
        if timer := self._finished.pop(generation_id, None):
            timer.cancel()

    def clear(self) -> None:
        """Drop all."""
        for generation_id in list(self.tapes):
            self.forget(generation_id)


memory_log = MemoryLog()


class Stream:
    """The writer's end of one generation: numbers frames, and gives each to every log."""

    def __init__(self, generation_id: UUID, *logs: Log) -> None:
        self.generation_id = generation_id
        self.last = 0
        self._logs = logs
        self._pieces: list[str] = []
        self._flushed_at = 0.0
        self._flush_later: asyncio.TimerHandle | None = None

    @property
    def frames(self) -> list[Frame]:
        """All of them, as long as this process remembers."""
        tape = memory_log.tapes.get(self.generation_id)
        return tape.frames if tape else []

    def write_text(self, text: str) -> None:
        """Write a piece of text, together with others that come at nearly the same time."""
        self._pieces.append(text)
        if self._flush_later is not None:
            return
        loop = asyncio.get_running_loop()
        wait = self._flushed_at + COALESCE_SECONDS - loop.time()
        if wait <= 0:
            self.flush()
        else:
            self._flush_later = loop.call_later(wait, self.flush)

    def flush(self) -> None:
        """Write the text that waits for more."""
        if self._flush_later is not None:
            self._flush_later.cancel()
            self._flush_later = None
        if self._pieces:
            text = "".join(self._pieces)
            self._pieces.clear()
            self._flushed_at = asyncio.get_running_loop().time()
            self._write("delta", {"text": text})

    def append(self, event: str, data: dict[str, Any]) -> None:
        """Write the next frame, behind the text that came before it."""
        self.flush()
        self._write(event, data)

    def _write(self, event: str, data: dict[str, Any]) -> None:
        self.last += 1
        written = frame(self.last, event, data)
        for log in self._logs:
            log.write(self.generation_id, written)
