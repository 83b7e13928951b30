"""The frames of one log that this process holds: once, for all who follow."""

import asyncio
from types import TracebackType
from typing import Self

from ai.stream.frames import HEARTBEAT_SECONDS, Frame

# A follower that was away for long reads in pieces that a socket can swallow.
MOST_AT_ONCE = 500
# Two readings of a clock need not agree in the last bit.
CLOCK_SECONDS = 0.001


class Tape:
    """Frames in order, from number `first` on. Who adds to it waits for nobody."""

    def __init__(self) -> None:
        self.first = 1
        self.frames: list[Frame] = []
        # Nothing is missing between these frames and what is being written.
        self.is_whole = True
        # The row has ended, whatever the frames say (a mirror may learn that by itself).
        self.is_over = False
        self._asleep: list[asyncio.Future[None]] = []

    @property
    def last(self) -> int:
        """The number of the newest frame."""
        return self.first + len(self.frames) - 1

    @property
    def is_closed(self) -> bool:
        """Whether the last frame has been written."""
        return bool(self.frames) and self.frames[-1].is_last

    def add(self, frame: Frame) -> None:
        """Take the next frame."""
        self.frames.append(frame)
        if self._asleep:
            self.wake()

    def begin_at(self, number: int) -> None:
        """Frames were lost: go on with a later one."""
        self.first = number
        self.frames = []

    def misses(self, position: int) -> bool:
        """Whether frames right behind a position are gone."""
        return position + 1 < self.first

    def behind(self, position: int) -> list[Frame]:
        """The next frames behind a position."""
        if self.is_closed:
            # Who has read further than there is still learns how it ended.
            position = min(position, self.last - 1)
        start = position + 1 - self.first
        return self.frames[start : start + MOST_AT_ONCE] if start >= 0 else []

    def wake(self) -> None:
        """Let everybody who follows look again."""
        asleep, self._asleep = self._asleep, []
        for future in asleep:
            if not future.done():
                future.set_result(None)

    def sleep(self) -> asyncio.Future[None]:
        """Done at the next `wake`, or when the sleeper ends it."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asleep.append(future)
        return future


class Place:
    """One follower's place on a tape: a number, and a clock for the silence. No queue."""

    def __init__(self, tape: Tape, after: int) -> None:
        self.tape = tape
        self.position = max(0, after)
        self._loop = asyncio.get_running_loop()
        self._spoke_at = self._loop.time()
        self._future: asyncio.Future[None] | None = None
        # One timer for as long as it lasts: to make and drop one for each frame costs more than
        # the frame.
        self._timer = self._loop.call_later(HEARTBEAT_SECONDS, self._look_at_clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._future is not None:
            # Whoever left is not kept in the list until the next frame.
            self._future.cancel()

    def read(self) -> list[Frame]:
        """The next frames, many where the follower was slow; none when there are none yet."""
        frames = self.tape.behind(self.position)
        if frames:
            self.position = frames[-1].number
            self._spoke_at = self._loop.time()
        return frames

    async def is_silent(self) -> bool:
        """Sleep until there may be news; whether a sign of life is due instead."""
        self._future = self.tape.sleep()
        await self._future
        return self.is_due()

    def is_due(self) -> bool:
        """Whether nothing was said for so long that a sign of life is due; asked, it is given."""
        if self._loop.time() - self._spoke_at < HEARTBEAT_SECONDS - CLOCK_SECONDS:
            return False
        self._spoke_at = self._loop.time()
        return True

    def _look_at_clock(self) -> None:
        left = self._spoke_at + HEARTBEAT_SECONDS - self._loop.time()
        if left <= 0:
            left = HEARTBEAT_SECONDS
            if self._future is not None and not self._future.done():
                self._future.set_result(None)
        self._timer = self._loop.call_later(left, self._look_at_clock)
