"""Which model is asked next when one has failed, and when. Pure: the clock is handed in."""

from collections.abc import Callable
from dataclasses import dataclass

from ai.providers.base import THEIR_FAULT, ErrorKind, ModelRef, ProviderError

TRIES_PER_MODEL = 2
# Behind it nobody is asked a second time; a creator has waited long enough.
RETRY_DEADLINE_SECONDS = 20.0
BACKOFF_SECONDS = 0.5
MOST_BACKOFF_SECONDS = 8.0


def may_be_asked_elsewhere(error: ProviderError) -> bool:
    """Whether another model, or the same one later, may well answer."""
    return error.kind in THEIR_FAULT


@dataclass(slots=True)
class _Candidate:
    ref: ModelRef
    tries: int = 0
    ready_at: float = 0.0


class Line:
    """The models of a turn in their order. Times are seconds of any monotonic clock."""

    def __init__(self, refs: tuple[ModelRef, ...], now: float, jitter: Callable[[], float]) -> None:
        """`jitter` gives a number from 0 to 1: full jitter, as the AWS builders' library has it."""
        self._candidates = [_Candidate(ref) for ref in refs]
        self._deadline = now + RETRY_DEADLINE_SECONDS
        self._jitter = jitter

    def next(self, now: float) -> tuple[ModelRef, float] | None:
        """Whom to ask and how many seconds from now; None when nobody is left.

        Whoever has not been asked yet comes first: they need not be waited for.
        """
        able = [each for each in self._candidates if self._is_able(each, now)]
        if not able:
            return None
        found = min(able, key=lambda each: (max(each.ready_at, now), each.tries))
        return found.ref, max(0.0, found.ready_at - now)

    def failed(self, ref: ModelRef, error: ProviderError, now: float) -> None:
        """One was asked in vain: it waits as long as it said, and longer each time."""
        each = next(each for each in self._candidates if each.ref == ref)
        each.tries += 1
        if error.kind == ErrorKind.AUTH:
            # A key that is refused is refused the second time, too.
            self.drop(ref)
            return
        most = min(MOST_BACKOFF_SECONDS, BACKOFF_SECONDS * 2 ** (each.tries - 1))
        each.ready_at = now + max(self._jitter() * most, error.retry_after_seconds or 0.0)

    def drop(self, ref: ModelRef) -> None:
        """Not to be asked at all."""
        self._candidates = [each for each in self._candidates if each.ref != ref]

    def _is_able(self, each: _Candidate, now: float) -> bool:
        if each.tries == 0:
            return True
        return each.tries < TRIES_PER_MODEL and max(each.ready_at, now) <= self._deadline
