"""The threads in which requests do what waits: a fixed number, so that none is started for one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections

# More than the pool of connections holds by default, so that one that waits holds up no other.
THREADS = 32

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="huntaze-request")


def _call(work: Callable[..., Any], *args: Any) -> Any:
    return work(*args)


_in_thread: Any = sync_to_async(_call, thread_sensitive=False, executor=_threads)


async def in_thread[Result](work: Callable[..., Result], *args: Any) -> Result:
    """Run sync work in one of the threads, in the caller's context."""
    result: Result = await _in_thread(work, *args)
    return result


def give_back_connections() -> None:
    """Return this thread's connections to the pool; a stream must not hold one while it lasts."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def and_give_back[Result](work: Callable[..., Result], *args: Any) -> Result:
    """Do the work, then return the connections that it took."""
    try:
        return work(*args)
    finally:
        give_back_connections()
