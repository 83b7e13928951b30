"""The engine: one task a generation, its only writer, apart from any client."""

import asyncio
import contextvars
import logging
from contextlib import aclosing, suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation

from accounts.models import User
from ai import ledger
from ai.brief import Brief
from ai.database import in_database
from ai.failures import BY_KIND, failure_of
from ai.job import Job
from ai.ledger import Outcome, QuotaExceeded
from ai.models import Generation
from ai.providers.base import ErrorKind, Finished, ModelRef, ModelRequest, ProviderError
from ai.registry import provider
from ai.routing import NoModel, PlanRequired
from ai.stream.memory import Stream, forget_later, open_stream
from ai.stream.relay import relay
from ai.twins import AlreadyOpened
from api.errors import AWAY, Conflict
from api.idempotency import Key
from api.requestid import work_under
from content.models import MAX_BODY_CHARACTERS

logger = logging.getLogger("huntaze.ai")

SAVE_SECONDS = 2.0
SETTLE_TRIES = 6
POLL_SECONDS = 0.1


# What a caller is told of in a sentence.
REFUSALS = (AlreadyOpened, Conflict, QuotaExceeded, PlanRequired, NoModel)


class Overloaded(Exception):
    """This process runs as many generations as it may, or is about to stop."""


_jobs: dict[UUID, Job] = {}
_starting: set[asyncio.Future[Job]] = set()
_is_stopping = False


async def start(
    *, user: User, brief: Brief, is_unlimited: bool = False, key: Key | None = None
) -> Job:
    """Reserve, write the row and begin; the answer comes through the log.

    Raises Overloaded, or what `ledger.open_generation` raises; then nothing was reserved.
    """
    if _is_stopping or len(_jobs) + len(_starting) >= settings.AI_MAX_STREAMS:
        raise Overloaded
    # Shielded: a client that leaves between the row and the task must not orphan the row.
    starting = asyncio.ensure_future(_start(user, brief, is_unlimited, key))
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


async def _start(user: User, brief: Brief, is_unlimited: bool, key: Key | None = None) -> Job:
    opened = await in_database(
        ledger.open_generation, user=user, brief=brief, is_unlimited=is_unlimited, key=key
    )
    job = _jobs[opened.generation_id] = Job(
        opened, _open_log(opened.generation_id), translation.get_language()
    )
    job.stream.append(
        "start",
        {
            "id": str(job.id),
            "provider": job.ref.provider,
            "model": job.ref.model,
            "tier": opened.route.tier,
            "routeReason": opened.route.reason,
        },
    )
    # A fresh context: the task outlives the request whose context would tie it to its thread.
    loop = asyncio.get_running_loop()
    job.task = loop.create_task(_produce(job), context=contextvars.Context())
    return job


def _open_log(generation_id: UUID) -> Stream:
    """A log in this process, mirrored to Redis where there is one."""
    found = relay(cancel_local)
    return open_stream(generation_id, found.mirror(generation_id) if found else None)


async def _produce(job: Job) -> None:
    """Run to the end, whatever happens, and settle."""
    job.has_begun = True
    work_under(job.request_id)
    translation.activate(job.language or settings.LANGUAGE_CODE)
    beat = asyncio.get_running_loop().create_task(_save_regularly(job))
    try:
        outcome = await _write(job)
    except asyncio.CancelledError:
        status = Generation.Status.FAILED if job.stop_code else Generation.Status.CANCELED
        reason = "" if job.stop_code else "canceled"
        outcome = job.outcome(status, error_code=job.stop_code, finish_reason=reason)
    except ProviderError as error:
        logger.warning("%s failed for %s: %s", job.ref, job.id, error.kind)
        outcome = job.outcome(Generation.Status.FAILED, error_code=BY_KIND[error.kind])
    except Exception:
        logger.exception("Generation %s failed", job.id)
        outcome = job.outcome(Generation.Status.FAILED, error_code="internal")
    # From here on a cancel comes too late: what was used is being settled.
    job.is_ending = True
    beat.cancel()
    try:
        await _finish(job, outcome)
    finally:
        _jobs.pop(job.id, None)
        job.finished.set()
        forget_later(job.id)


async def _write(job: Job) -> Outcome:
    """Ask each model of the route in turn until one writes; after the first token never another."""
    last: ProviderError | None = None
    for position, ref in enumerate(job.opened.route.models):
        job.ref = ref
        if position:
            job.stream.append("route", {"provider": ref.provider, "model": ref.model})
        try:
            return await _ask(job, ref)
        except ProviderError as error:
            may_fall_back = error.is_retryable or error.kind == ErrorKind.AUTH
            if job.has_text or not may_fall_back:
                raise
            logger.warning("%s did not answer %s: %s", ref, job.id, error.kind)
            last = error
    raise last or ProviderError(ErrorKind.SERVER)


async def _ask(job: Job, ref: ModelRef) -> Outcome:
    opened = job.opened
    request = ModelRequest(ref.model, opened.messages, opened.max_output_tokens)
    finished = Finished("stop", None)
    async with aclosing(provider(ref.provider).stream(request)) as answer:  # type: ignore[type-var]
        async for item in answer:
            if isinstance(item, Finished):
                finished = item
                continue
            job.push(item.text[: MAX_BODY_CHARACTERS - job.length])
            if job.length >= MAX_BODY_CHARACTERS:
                # No piece of content is longer: a provider that does not stop is stopped.
                finished = Finished("length", None)
                break
    if not job.text.strip():
        return job.outcome(Generation.Status.FAILED, error_code="empty", usage=finished.usage)
    return job.outcome(Generation.Status.DONE, finish_reason=finished.reason, usage=finished.usage)


async def _save_regularly(job: Job) -> None:
    while True:
        await asyncio.sleep(SAVE_SECONDS)
        try:
            await in_database(ledger.save_progress, job.id, job.text, len(job.stream.frames))
        except Exception:
            # The text is still in memory and the next beat tries again; a lease of 20 s allows it.
            logger.exception("Could not save the progress of %s", job.id)


async def _finish(job: Job, outcome: Outcome) -> None:
    """Settle, then tell who follows: a client that reads `done` finds the row as it says."""
    for attempt in range(SETTLE_TRIES):
        try:
            row = await in_database(ledger.settle, job.id, outcome)
            break
        except Exception:
            logger.exception("Could not settle %s, try %d", job.id, attempt + 1)
            await asyncio.sleep(0.5 * 2**attempt)
    else:
        # The periodic job settles it from the row once the database is back.
        job.stream.append("error", {"id": str(job.id), **error_data("interrupted")})
        return
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
    }


def cancel_local(generation_id: UUID, code: str = "") -> bool:
    """Stop a generation of this process; False when it is not here or is ending already."""
    job = _jobs.get(generation_id)
    if job is None or job.is_ending or job.task is None:
        return False
    job.stop_code = code
    if job.has_begun:
        job.task.cancel()
    else:
        # A task that is cancelled before its first step never runs, and nobody would settle.
        asyncio.get_running_loop().call_soon(job.task.cancel)
    return True


async def cancel(generation_id: UUID, *, wait_seconds: float = 5.0) -> None:
    """Stop a generation wherever it runs, and wait for it to be settled here."""
    job = _jobs.get(generation_id)
    if job is not None:
        cancel_local(generation_id)
        # Longer only while the database is away; the row then says so itself.
        with suppress(TimeoutError):
            await asyncio.wait_for(job.finished.wait(), wait_seconds)
    elif found := relay(cancel_local):
        await found.publish_cancel(generation_id)
        await _wait_until_final(generation_id, wait_seconds)


async def _wait_until_final(generation_id: UUID, wait_seconds: float) -> None:
    """Give the process that produces it the time to settle."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_seconds
    running = Generation.objects.streaming().filter(id=generation_id)
    while await in_database(running.exists) and loop.time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(POLL_SECONDS)


async def stop(grace_seconds: float = 5.0) -> None:
    """No new work; what runs ends as FAILED `interrupted` with its text, settled."""
    global _is_stopping  # noqa: PLW0603  (the process's own state)
    _is_stopping = True
    if _starting:
        # Their rows are being written; they end with the rest.
        await asyncio.wait(list(_starting), timeout=grace_seconds)
    running = [job for job in _jobs.values() if job.task is not None]
    for job in running:
        cancel_local(job.id, "interrupted")
    tasks = [job.task for job in running if job.task is not None]
    if tasks:
        await asyncio.wait(tasks, timeout=grace_seconds)


def sentence_of(row: Generation) -> str:
    """What went wrong, in plain words; empty when nothing did."""
    return str(failure_of(row.error_code).sentence) if row.error_code else ""
