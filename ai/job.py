"""A running generation: its log, its clock, and what has been written so far."""

import asyncio
import time
from typing import Any
from uuid import UUID

from ai.ledger import Opened, Outcome
from ai.providers.base import ModelRef
from ai.stream.memory import Stream
from api.requestid import current_request_id

COALESCE_SECONDS = 0.008


class Job:
    """A running generation: its log, and what has been written so far."""

    def __init__(self, opened: Opened, stream: Stream, language: str | None) -> None:
        self.opened = opened
        self.id: UUID = opened.generation_id
        self.ref: ModelRef = opened.route.models[0]
        self.language = language
        self.request_id = current_request_id()
        self.stream = stream
        self.stop_code = ""
        self.has_begun = False
        self.is_ending = False
        self.finished = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.first_token_at: float | None = None
        self._started_at = time.monotonic()
        self.length = 0
        self._parts: list[str] = []
        self._pending: list[str] = []
        self._flushed_at = 0.0
        self._flush_later: asyncio.TimerHandle | None = None

    @property
    def text(self) -> str:
        """All of it so far."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    @property
    def has_text(self) -> bool:
        """Whether anything has arrived."""
        return bool(self._parts)

    def push(self, text: str) -> None:
        """Take a piece of text; pieces within 8 ms share a frame."""
        now = time.monotonic()
        self.first_token_at = self.first_token_at or now
        self.length += len(text)
        self._parts.append(text)
        self._pending.append(text)
        if self._flush_later is not None:
            return
        if now - self._flushed_at >= COALESCE_SECONDS:
            self.flush()
        else:
            loop = asyncio.get_running_loop()
            self._flush_later = loop.call_later(COALESCE_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what is pending as one frame."""
        if self._flush_later is not None:
            self._flush_later.cancel()
            self._flush_later = None
        if self._pending:
            self.stream.append("delta", {"text": "".join(self._pending)})
            self._pending.clear()
            self._flushed_at = time.monotonic()

    def outcome(self, status: str, **facts: Any) -> Outcome:
        """How it ended, with the text and the clock of this job."""
        self.flush()
        now = time.monotonic()
        first = self.first_token_at
        return Outcome(
            status,
            text=self.text,
            ref=self.ref,
            # The last frame is still to come.
            frame_count=len(self.stream.frames) + 1,
            first_token_ms=int((first - self._started_at) * 1000) if first else None,
            latency_ms=int((now - self._started_at) * 1000),
            **facts,
        )
