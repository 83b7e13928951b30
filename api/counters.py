"""The cache in which requests are counted: a count is one trip to Redis instead of two.

django-ratelimit adds a counter of 1 with a life, and where there is one already, increments it.
Here one script does both, and the increment that follows is handed what it found.
"""

import threading
from typing import Any

from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""


class CountingRedisCache(RedisCache):  # type: ignore[misc]
    """`add(key, 1, …)` counts; the `incr(key)` behind it, in the same thread, tells the count."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._counted = threading.local()
        self._script: Any = None

    def add(self, key: Any, value: Any, timeout: Any = None, version: Any = None) -> bool:
        """Whether this was the first. Raises ConnectionInterrupted."""
        if value != 1:
            raise ValueError("Only counters are kept here.")
        count = self._count(self.make_key(key, version), int(timeout))
        self._counted.found = (key, count)
        return count == 1

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """The count that `add` has just made of it. Raises ValueError for another key."""
        counted, count = getattr(self._counted, "found", (None, 0))
        if counted != key:
            raise ValueError(f"{key} was not counted")
        return int(count)

    def _count(self, key: str, seconds: int) -> int:
        try:
            if self._script is None:
                self._script = self.client.get_client(write=True).register_script(COUNT)
            return int(self._script(keys=[key], args=[seconds]))
        except RedisError as error:
            raise ConnectionInterrupted(connection=self.client) from error
