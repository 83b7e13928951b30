"""What this process holds of a generation that another one produces."""

import asyncio
from collections.abc import Iterable

from ai.stream.frames import Frame
from ai.stream.tape import Tape


class Mirror(Tape):
    """A tape fed by a channel; what the channel did not bring is read from the stream."""

    def __init__(self) -> None:
        super().__init__()
        self.is_whole = False
        self.followers = 0
        self.heard_at = 0.0
        self.is_healing = self.wants_healing = False
        self._early: list[Frame] = []

    async def whole_within(self, seconds: float) -> None:
        """Wait for what was written before, or for so long."""
        try:
            async with asyncio.timeout(seconds):
                while not self.is_whole:
                    await self.sleep()
        except TimeoutError:
            return

    def lose(self) -> None:
        """The channel was cut: the next frame that it brings may not be the next one."""
        self.is_whole = False
        self.wake()

    def hear(self, frame: Frame) -> bool:
        """Take a frame off the channel; False where those before it have to be read first."""
        if self.is_whole:
            if frame.number == self.last + 1:
                self.add(frame)
                return True
            if frame.number <= self.last:
                return True
            self.is_whole = False
        self._early.append(frame)
        return False

    def heal(self, read: Iterable[Frame]) -> None:
        """Take what lies in the stream behind the last frame, then what came meanwhile."""
        for frame in (*read, *self._early):
            if frame.number > self.last + 1:
                # Trimmed, or lost with its Redis: the row knows what those before it said.
                self.begin_at(frame.number)
            if frame.number == self.last + 1:
                self.frames.append(frame)
        self._early.clear()
        self.is_whole = True
        self.wake()
