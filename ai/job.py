"""A running generation: its log, its clock, and what has been written so far."""

import asyncio
import time
from typing import Any
from uuid import UUID

from ai.ledger import Opened, Outcome
from ai.models import Generation
from ai.stream.memory import Stream
from api.requestid import current_request_id


class Job:
    """A running generation: its log, and what has been written so far."""

    def __init__(self, opened: Opened, stream: Stream, language: str | None) -> None:
        self.opened = opened
        self.id: UUID = opened.generation_id
        self.language = language
        self.request_id = current_request_id()
        self.stream = stream
        self.stop_code = ""
        self.has_begun = False
        self.is_ending = False
        self.finished = asyncio.Event()
        # The row, once it has been settled by this process.
        self.settled: Generation | None = None
        self.task: asyncio.Task[None] | None = None
        self.first_token_at: float | None = None
        self.saved_progress = (1, 0)
        # A draft that is checked before anybody sees it.
        self.draft = ""
        # Which call wrote last.
        self.attempt = 1
        self._started_at = time.monotonic()
        self.length = 0
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        """All that was shown so far."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    @property
    def has_text(self) -> bool:
        """Whether anything was shown."""
        return bool(self._parts)

    @property
    def progress(self) -> tuple[int, int]:
        """(call, characters) that would be lost with the process, but for what was saved."""
        return self.attempt, self.length or len(self.draft)

    def push(self, text: str) -> None:
        """Show a piece of text."""
        self.first_token_at = self.first_token_at or time.monotonic()
        self.length += len(text)
        self._parts.append(text)
        self.stream.write_text(text)

    def saved(self) -> tuple[str, int, int]:
        """(text, number of its last frame, call that wrote it).

        All of the text is in the frames, nothing twice.
        """
        self.stream.flush()
        if self.text:
            return self.text, self.stream.last, self.attempt
        # A draft that nobody was shown stands for no frame.
        return self.draft, 0, self.attempt

    def cancel(self, code: str = "") -> bool:
        """Stop it, as FAILED where a code says why; False where it is ending already."""
        if self.is_ending or self.task is None:
            return False
        self.stop_code = code
        if self.has_begun:
            self.task.cancel()
        else:
            # A task that is cancelled before its first step never runs: nobody would settle.
            asyncio.get_running_loop().call_soon(self.task.cancel)
        return True

    def outcome(self, status: str, **facts: Any) -> Outcome:
        """How it ended, with the text and the clock of this job."""
        self.stream.flush()
        now = time.monotonic()
        first = self.first_token_at
        return Outcome(
            status,
            text=self.text,
            # The last frame is still to come.
            frame_count=self.stream.last + 1,
            first_token_ms=int((first - self._started_at) * 1000) if first else None,
            latency_ms=int((now - self._started_at) * 1000),
            **facts,
        )
