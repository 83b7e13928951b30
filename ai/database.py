"""The engine's database work: in threads of its own, a connection held only while it works."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.utils import translation

from api.threads import give_back_connections

_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="huntaze-ai-db")


async def in_database[Result](work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Run sync work off the event loop, apart from any request's own thread."""
    # Django keeps the language where another thread does not see it.
    language = translation.get_language()

    def run() -> Result:
        try:
            with translation.override(language):
                return work(*args, **kwargs)
        finally:
            give_back_connections()

    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads, context.run, run)
