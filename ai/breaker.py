"""A circuit breaker's rules, pure: when it opens, for how long, and what it then lets through."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

# In a row, over all processes and within the window.
FAILURES_TO_OPEN = 5
WINDOW_SECONDS = 30.0
# A provider that fails every other time is no better; as one process sees it.
RATIO_TO_OPEN = 0.5
LEAST_OUTCOMES = 20
OPEN_SECONDS = 10.0
MAX_OPEN_SECONDS = 240.0
# Processes that wait the same time would all come back at once.
JITTER = 0.2


class State(StrEnum):
    """Closed lets all calls through, open none, half-open a single one that tries."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Opened:
    """Why and until when it is open; times in seconds since the epoch.

    `trips` counts how often it opened without a success in between.
    """

    since: float
    until: float
    trips: int
    kind: str

    def state(self, now: float) -> State:
        """Open until its time is up, then half-open until a call has succeeded."""
        return State.OPEN if now < self.until else State.HALF_OPEN


def opened(before: Opened | None, *, kind: str, now: float, chance: float) -> Opened:
    """Open, or open again for twice as long; `chance` is between 0 and 1."""
    trips = before.trips + 1 if before else 1
    seconds: float = min(OPEN_SECONDS * 2 ** min(trips - 1, 10), MAX_OPEN_SECONDS)
    seconds *= 1 + JITTER * (2 * chance - 1)
    return Opened(before.since if before else now, now + seconds, trips, kind)


class Outcomes:
    """How the calls of one process ended lately."""

    def __init__(self) -> None:
        self._ends: deque[tuple[float, bool]] = deque(maxlen=200)

    def add(self, now: float, *, is_ok: bool) -> None:
        """A call has ended."""
        self._ends.append((now, is_ok))

    def clear(self) -> None:
        """What was is no measure any more."""
        self._ends.clear()

    def are_bad(self, now: float) -> bool:
        """Whether too many of them failed to go on."""
        recent = [is_ok for at, is_ok in self._ends if at > now - WINDOW_SECONDS]
        failed = recent.count(False)
        return len(recent) >= LEAST_OUTCOMES and failed >= RATIO_TO_OPEN * len(recent)
