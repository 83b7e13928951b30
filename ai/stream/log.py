"""What a log is: there are two, this process's memory and Redis."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from ai.stream.frames import Frame
from ai.stream.tape import Tape


class Log(Protocol):
    """Keeps the numbered frames of many generations for a while."""

    def write(self, generation_id: UUID, frame: Frame) -> None:
        """Take the next frame of a generation; never waits, never fails."""

    def following(self, generation_id: UUID) -> AbstractAsyncContextManager[Tape]:
        """Its frames so far and those to come, for as long as somebody follows.

        Raises Absent where this log cannot say anything about it.
        """


class Absent(Exception):
    """Not in this log, or the log is away."""
