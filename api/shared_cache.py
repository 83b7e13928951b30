"""Asks the shared cache; while it is away, says so at once and once."""

import logging
import threading
import time
from collections.abc import Callable

from django.utils.translation import gettext as _
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from api.errors import ApiError

logger = logging.getLogger("huntaze.cache")

CACHE_AWAY = (ConnectionInterrupted, RedisError)
# How long it is left alone after it did not answer: a connection that hangs costs two seconds.
PAUSE_SECONDS = 1.0
# Longer than one that hangs is waited for.
PATIENCE_SECONDS = 5.0


class CacheAway(ApiError):
    """The shared cache does not answer."""

    status = 503  # type: ignore[assignment]
    code = "unavailable"

    def __init__(self) -> None:
        message = _("This cannot be reached right now. Try again in a few seconds.")
        super().__init__(message, headers={"Retry-After": "5"})


class _Outage:
    """Whether one is on, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_on = False
        self._try_again_at = 0.0

    def may_ask(self) -> bool:
        """Whether to ask: always, but while an outage is on, when one of many tries for all."""
        if not self._is_on:
            return True
        with self._lock:
            if time.monotonic() < self._try_again_at:
                return False
            self._try_again_at = time.monotonic() + PATIENCE_SECONDS
            return True

    def note(self, error: Exception) -> None:
        """It did not answer; said once an outage."""
        with self._lock:
            self._try_again_at = time.monotonic() + PAUSE_SECONDS
            is_news, self._is_on = not self._is_on, True
        if is_news:
            logger.warning("The cache is away (%s): nothing is limited", type(error).__name__)

    def end(self) -> None:
        """It answers."""
        self._is_on = False


_outage = _Outage()


def note_outage(error: Exception) -> None:
    """Somebody else has found out; the cache is left alone for a moment."""
    _outage.note(error)


def shared_cache[Result](ask: Callable[[], Result]) -> Result:
    """The answer of the cache. Raises CacheAway, at once while an outage lasts."""
    if not _outage.may_ask():
        raise CacheAway
    try:
        answer = ask()
    except CACHE_AWAY as error:
        note_outage(error)
        raise CacheAway from error
    _outage.end()
    return answer
