"""Keeps what a process writes: its lease, and every 2 s the texts of all that it runs."""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from uuid import UUID

from ai import ledger
from ai.database import in_database
from ai.job import Job
from ai.ledger import Outcome, producers
from ai.models import Generation
from ai.stream.ends import LogAway, drop_log
from ai.stream.memory import memory_log

logger = logging.getLogger("huntaze.ai")

SAVE_SECONDS = 2.0
BEAT_SECONDS = 5.0

type OnEnd = Callable[[Generation], None] | None


class Keeper:
    """One a process (and event loop)."""

    def __init__(self, jobs: Mapping[UUID, Job]) -> None:
        self._jobs = jobs
        self._lease: asyncio.Future[UUID] | None = None
        self._task: asyncio.Task[None] | None = None
        self._owed: dict[UUID, tuple[Outcome, OnEnd]] = {}

    async def lease(self) -> UUID:
        """The lease of this process, which begins with the first generation."""
        if self._lease is None or (self._lease.done() and self._lease.exception() is not None):
            self._lease = asyncio.ensure_future(in_database(producers.begin_lease))
        # Shielded: one client that leaves must not take it from the others.
        producer_id = await asyncio.shield(self._lease)
        if self._task is None:
            loop = asyncio.get_running_loop()
            # A fresh context: it outlives the request that happened to come first.
            self._task = loop.create_task(self._keep(producer_id), context=contextvars.Context())
        return producer_id

    async def aclose(self) -> None:
        """End the lease."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._lease is not None and self._lease.done() and not self._lease.exception():
            await in_database(producers.end_lease, self._lease.result())
        self._lease = None

    async def _keep(self, producer_id: UUID) -> None:
        loop = asyncio.get_running_loop()
        beaten_at = loop.time()
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            # Each by itself: an end that is not taken must not cost the process its lease.
            await self._try(self._save())
            await self._try(self._stop_what_is_asked(producer_id))
            await self._pay()
            if loop.time() - beaten_at >= BEAT_SECONDS - SAVE_SECONDS / 2 and await self._try(
                in_database(producers.beat, producer_id)
            ):
                beaten_at = loop.time()

    async def _try(self, work: Awaitable[None]) -> bool:
        try:
            await work
        except Exception:
            # The texts are still in memory and the next turn tries again; the lease allows it.
            logger.exception("Could not save what is being written")
            return False
        return True

    def owe(self, generation_id: UUID, outcome: Outcome, on_end: OnEnd) -> None:
        """Settle an end that the database would not take, as soon as it does."""
        self._owed[generation_id] = (outcome, on_end)

    async def _pay(self) -> None:
        for generation_id, (outcome, on_end) in list(self._owed.items()):
            if await self._try(self._settle(generation_id, outcome, on_end)):
                del self._owed[generation_id]

    async def _settle(self, generation_id: UUID, outcome: Outcome, on_end: OnEnd) -> None:
        # A row that was deleted meanwhile is owed nothing.
        with suppress(Generation.DoesNotExist):
            await in_database(ledger.settle, generation_id, outcome, on_end)
        # It says that the end could not be saved; from now on the row is right.
        memory_log.forget(generation_id)
        with suppress(LogAway):
            await in_database(drop_log, generation_id)

    async def _save(self) -> None:
        """The texts that have changed."""
        grown = [job for job in self._jobs.values() if job.progress != job.saved_progress]
        if not grown:
            return
        progress = [job.progress for job in grown]
        await in_database(producers.save_texts, [(job.id, *job.saved()) for job in grown])
        for job, reached in zip(grown, progress, strict=True):
            job.saved_progress = reached

    async def _stop_what_is_asked(self, producer_id: UUID) -> None:
        """Of other processes, whose word over Redis may have been lost."""
        if not self._jobs:
            return
        for generation_id in await in_database(producers.asked_to_cancel, producer_id):
            if job := self._jobs.get(generation_id):
                job.cancel()


_keepers: dict[asyncio.AbstractEventLoop, Keeper] = {}


def keeper(jobs: Mapping[UUID, Job]) -> Keeper:
    """The keeper of this event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _keepers:
        for ended in [each for each in _keepers if each.is_closed()]:
            del _keepers[ended]
        _keepers[loop] = Keeper(jobs)
    return _keepers[loop]


async def close_keeper() -> None:
    """At the end of the process."""
    if found := _keepers.pop(asyncio.get_running_loop(), None):
        await found.aclose()
