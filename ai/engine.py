"""The engine: one task a generation, its only writer, apart from any client."""

import asyncio
import contextvars
import logging
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation

from accounts.models import User
from ai import ledger
from ai.ask import Ask
from ai.calling import Calls
from ai.database import in_database
from ai.failures import BY_KIND, failure_of
from ai.job import Job
from ai.keeper import close_keeper, keeper
from ai.ledger import AlreadyEnded, Opened, Outcome, PromptTooLong, QuotaExceeded, producers
from ai.models import Generation
from ai.providers.base import ProviderError
from ai.routing import NoModel, PlanRequired
from ai.stream.log import Log
from ai.stream.memory import Stream, memory_log
from ai.stream.relay import relay
from ai.twins import AlreadyOpened
from ai.writing import write
from api.errors import AWAY, Conflict
from api.idempotency import Key
from api.requestid import work_under

logger = logging.getLogger("huntaze.ai")

SETTLE_TRIES = 6
POLL_SECONDS = 0.1
AGAIN_SECONDS = 1.0


# What a caller is told of in a sentence.
REFUSALS = (AlreadyOpened, Conflict, QuotaExceeded, PlanRequired, NoModel, PromptTooLong)


class Overloaded(Exception):
    """This process runs as many generations as it may, or is about to stop."""


_jobs: dict[UUID, Job] = {}
_starting: set[asyncio.Future[Job]] = set()
_is_stopping = False


async def start(
    *,
    user: User,
    ask: Ask | Callable[[], Ask],
    is_unlimited: bool = False,
    key: Key | None = None,
) -> Job:
    """Reserve, write the rows and begin; the answer comes through the log.

    An `ask` that has to be looked up first is, in the thread that opens the generation. Raises
    Overloaded, or what that or `ledger.open_generation` raises; then nothing was reserved.
    """
    if _is_stopping or len(_jobs) + len(_starting) >= settings.AI_MAX_STREAMS:
        raise Overloaded
    # Shielded: a client that leaves between the row and the task must not orphan the row.
    starting = asyncio.ensure_future(_start(user, ask, is_unlimited, key))
    _starting.add(starting)
    starting.add_done_callback(_starting.discard)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        starting.add_done_callback(_note_unheard)
        raise


def _note_unheard(starting: asyncio.Future[Job]) -> None:
    """Why a generation did not begin for a client that has left: a refusal is no news to us."""
    error = None if starting.cancelled() else starting.exception()
    if error is not None and not isinstance(error, (*REFUSALS, *AWAY)):
        logger.error("A generation could not be begun", exc_info=error)


async def _start(
    user: User, ask: Ask | Callable[[], Ask], is_unlimited: bool, key: Key | None = None
) -> Job:
    producer_id = await keeper(_jobs).lease()

    def open_it() -> Opened:
        return ledger.open_generation(
            user=user,
            ask=ask() if callable(ask) else ask,
            is_unlimited=is_unlimited,
            key=key,
            producer_id=producer_id,
        )

    opened = await in_database(open_it)
    job = Job(opened, _open_log(opened.generation_id), translation.get_language())
    row = opened.generation
    job.stream.append(
        "start",
        {
            "id": str(job.id),
            "provider": row.provider,
            "model": row.model,
            "tier": row.tier,
            "routeReason": row.route_reason,
            **opened.start_facts,
        },
    )
    if opened.is_reused:
        _answer_again(job)
        return job
    _jobs[job.id] = job
    # A fresh context: the task outlives the request whose context would tie it to its thread.
    loop = asyncio.get_running_loop()
    job.task = loop.create_task(_produce(job), context=contextvars.Context())
    return job


def _answer_again(job: Job) -> None:
    """The frames of a generation that was answered from an earlier one."""
    job.settled = job.opened.generation
    job.push(job.settled.text)
    job.stream.append(*last_frame(job.settled))
    job.finished.set()


def _open_log(generation_id: UUID) -> Stream:
    """A log in this process, mirrored to Redis where there is one."""
    found = relay(cancel_local)
    logs: list[Log] = [memory_log, found] if found else [memory_log]
    return Stream(generation_id, *logs)


async def _produce(job: Job) -> None:
    """Run to the end, whatever happens, and settle."""
    job.has_begun = True
    work_under(job.request_id)
    translation.activate(job.language or settings.LANGUAGE_CODE)
    calls = Calls(job)
    try:
        outcome = await write(job, calls)
    except asyncio.CancelledError:
        status = Generation.Status.FAILED if job.stop_code else Generation.Status.CANCELED
        reason = "" if job.stop_code else "canceled"
        outcome = _broken_off(job, calls, status, job.stop_code, reason)
    except ProviderError as error:
        logger.warning("%s failed for %s: %s", calls.ref, job.id, error.kind)
        outcome = _broken_off(job, calls, Generation.Status.FAILED, BY_KIND[error.kind])
    except AlreadyEnded:
        # This process was taken for dead; whoever took it for that has settled.
        outcome = _broken_off(job, calls, Generation.Status.FAILED, "interrupted")
    except Exception:
        logger.exception("Generation %s failed", job.id)
        outcome = _broken_off(job, calls, Generation.Status.FAILED, "internal")
    # From here on a cancel comes too late: what was used is being settled.
    job.is_ending = True
    try:
        await _finish(job, outcome)
    finally:
        _jobs.pop(job.id, None)
        job.finished.set()


def _broken_off(job: Job, calls: Calls, status: str, code: str, reason: str = "") -> Outcome:
    """An end in the middle. A draft that nobody has seen yet is better than nothing to a reader."""
    if job.draft and job.opened.ask.schema is None:
        job.push(job.draft)
    return job.outcome(status, error_code=code, finish_reason=reason, call=calls.last())


async def _finish(job: Job, outcome: Outcome) -> None:
    """Settle, then tell who follows: a client that reads `done` finds the row as it says."""
    for attempt in range(SETTLE_TRIES):
        try:
            row = await in_database(
                ledger.settle, job.id, outcome, job.opened.ask.on_end, job.opened
            )
            break
        except Exception:
            logger.exception("Could not settle %s, try %d", job.id, attempt + 1)
            await asyncio.sleep(0.5 * 2**attempt)
    else:
        # The keeper settles it as soon as the database takes it.
        keeper(_jobs).owe(job.id, outcome, job.opened.ask.on_end)
        job.stream.append("error", {"id": str(job.id), **error_data("unavailable")})
        return
    job.settled = row
    event, data = last_frame(row)
    job.stream.append(event, data)


def error_data(code: str) -> dict[str, Any]:
    """What an `error` frame says."""
    failure = failure_of(code)
    return {
        "error": str(failure.sentence),
        "code": failure.code,
        "retryable": failure.is_retryable,
    }


def last_frame(row: Generation) -> tuple[str, dict[str, Any]]:
    """The frame that ends a settled generation."""
    if row.status == Generation.Status.FAILED:
        return "error", {"id": str(row.id), **error_data(row.error_code)}
    return "done", {
        "id": str(row.id),
        "status": row.status,
        "finishReason": row.finish_reason,
        "provider": row.provider,
        "model": row.model,
        "usage": {
            "inputTokens": row.input_tokens,
            "cachedInputTokens": row.cached_input_tokens,
            "outputTokens": row.output_tokens,
        },
        "costUsd": format(row.cost_usd or Decimal(0), ".8f"),
        "costIfFullUsd": format(row.cost_if_full_usd or Decimal(0), ".8f"),
        "latencyMs": row.latency_ms,
        "tier": row.tier,
        "isEscalated": row.is_escalated,
        "isReused": row.reused_from_id is not None,
        "flaws": row.final_flaws,
    }


def cancel_local(generation_id: UUID, code: str = "") -> bool:
    """Stop a generation of this process; False when it is not here or is ending already."""
    job = _jobs.get(generation_id)
    return job is not None and job.cancel(code)


async def cancel(generation_id: UUID, *, wait_seconds: float = 5.0) -> None:
    """Stop a generation wherever it runs, and wait for it to be settled here."""
    job = _jobs.get(generation_id)
    if job is not None:
        cancel_local(generation_id)
        # Longer only while the database is away; the row then says so itself.
        with suppress(TimeoutError):
            await asyncio.wait_for(job.finished.wait(), wait_seconds)
    elif found := relay(cancel_local):
        deadline = asyncio.get_running_loop().time() + wait_seconds
        # Redis is quick, the row is sure: the process that writes it looks there, too.
        await in_database(producers.ask_to_cancel, [generation_id])
        await found.publish_cancel(generation_id)
        # Again, since a process whose channel was cut just then has not heard it.
        while await _runs_on(generation_id, min(AGAIN_SECONDS, wait_seconds)):
            if asyncio.get_running_loop().time() >= deadline:
                break
            await found.publish_cancel(generation_id)


async def _runs_on(generation_id: UUID, wait_seconds: float) -> bool:
    """Give the process that produces it the time to settle; whether it has not."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_seconds
    running = Generation.objects.streaming().filter(id=generation_id)
    while is_running := await in_database(running.exists):
        if loop.time() >= deadline:
            break
        await asyncio.sleep(POLL_SECONDS)
    return is_running


async def stop(grace_seconds: float = 4.0, settle_seconds: float = 5.0) -> None:
    """No new work; what runs may come to its end, and the rest ends as FAILED `interrupted`."""
    global _is_stopping  # noqa: PLW0603  (the process's own state)
    _is_stopping = True
    if _starting:
        # Their rows are being written; they end with the rest.
        await asyncio.wait(list(_starting), timeout=settle_seconds)
    await _wait(grace_seconds)
    for job in list(_jobs.values()):
        cancel_local(job.id, "interrupted")
    await _wait(settle_seconds)
    await close_keeper()


async def _wait(most_seconds: float) -> None:
    tasks = [job.task for job in _jobs.values() if job.task is not None]
    if tasks:
        await asyncio.wait(tasks, timeout=most_seconds)


def sentence_of(row: Generation) -> str:
    """What went wrong, in plain words; empty when nothing did."""
    return str(failure_of(row.error_code).sentence) if row.error_code else ""
