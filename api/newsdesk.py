"""What a listener is told of the state of things, and whether they may still listen. Sync."""

import asyncio
import contextvars
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from api.credentials import Credential, holds, open_account
from api.json import plain
from api.threads import give_back_connections

_threads = ThreadPoolExecutor(max_workers=3, thread_name_prefix="huntaze-news-db")


async def in_database[Result](work: Callable[..., Result], *args: Any) -> Result:
    """Run sync work off the loop, apart from any request's threads."""

    def run() -> Result:
        try:
            return work(*args)
        finally:
            give_back_connections()

    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads, context.run, run)


def topics_with_state() -> frozenset[str]:
    """The topics that a layer above keeps a state of."""
    return frozenset(settings.NEWS_STATE)


@dataclass(frozen=True, slots=True)
class Look:
    """What was found: which credentials no longer hold, and the state of the topics."""

    dead: frozenset[Credential]
    state: dict[str, Any]


def look(user_id: str, credentials: Collection[Credential], topics: Collection[str]) -> Look:
    """One look at the database, for all sockets of one person in this process."""
    dead = frozenset(each for each in credentials if not holds(each))
    user = open_account(user_id)
    if user is None:
        return Look(frozenset(credentials), {})
    readers = {topic: import_string(settings.NEWS_STATE[topic]) for topic in sorted(topics)}
    state = {topic: plain(read(user)) for topic, read in readers.items()}
    return Look(dead, state)
