"""Makes the calls of a generation: retries and falls back before the first token, never after."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from contextlib import aclosing

from ai import health, ledger
from ai.ask import Draft
from ai.database import in_database
from ai.job import Job
from ai.ledger import EndedCall, NextCall, Turn
from ai.providers.base import (
    Accepted,
    ErrorKind,
    Finished,
    Message,
    ModelRef,
    ModelRequest,
    ProviderError,
    Usage,
)
from ai.registry import provider
from ai.retries import RETRY_DEADLINE_SECONDS, Line, may_be_asked_elsewhere
from ai.switches import is_switched_off
from ai.thinking import room_to_think
from content.models import MAX_BODY_CHARACTERS

logger = logging.getLogger("huntaze.ai")

# By a creator, or with the process.
STOPPED = "stopped"


class Calls:
    """The calls of one generation, one after the other; each has its row before it is made."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._attempt = 1
        self._clear(job.opened.route.models[0])
        # The first call's row was written when the generation was opened.
        self._is_row_ready = True

    def _clear(self, ref: ModelRef) -> None:
        """For the next call."""
        self.ref = ref
        self._ended: EndedCall | None = None
        self._began_at = time.monotonic()
        self._first_at: float | None = None
        self._written: list[str] = []
        self._length = 0
        # What the provider told of its tokens last, and how much of the text that was of.
        self._told: Usage | None = None
        self._told_at = 0
        # From here on it may charge, also for what is stopped before its first token.
        self._is_accepted = False

    async def draft(
        self, turn: Turn, more: tuple[Message, ...], take: Callable[[str], None]
    ) -> Draft:
        """Ask the models of a turn until one writes; `take` gets each piece of the text.

        Raises ProviderError when none does, or when one breaks off.
        """
        line = Line(turn.models, time.monotonic(), random.random)
        last: ProviderError | None = None
        while (found := line.next(time.monotonic())) is not None:
            ref, wait_seconds = found
            await asyncio.sleep(wait_seconds)
            if not await self._may_ask(ref):
                # It failed others a moment ago: as good as not to be reached.
                last = last or ProviderError(ErrorKind.NETWORK)
                line.drop(ref)
                continue
            sent = (*self._job.opened.ask.compose(ref), *more)
            await self._begin(turn, ref, sent)
            try:
                finished = await self._ask(ref, sent, take)
            except ProviderError as error:
                self._ended = self._end(error_kind=error.kind)
                await _note(ref, error)
                if self._written or not may_be_asked_elsewhere(error):
                    raise
                logger.warning("%s did not answer %s: %s", ref, self._job.id, error.kind)
                line.failed(ref, error, time.monotonic())
                last = error
            except asyncio.CancelledError:
                await (health.record(ref) if self._written else health.give_back(ref))
                raise
            else:
                self._ended = self._end(finished)
                await health.record(ref)
                return Draft("".join(self._written), finished.reason)
        raise last or ProviderError(ErrorKind.NETWORK)

    def last(self) -> EndedCall:
        """The last call, ended or broken off; the settling writes it."""
        return self._ended or self._end(error_kind=STOPPED)

    async def _may_ask(self, ref: ModelRef) -> bool:
        """The first model was chosen a moment ago; another may have been switched off since."""
        if not self._is_row_ready and await in_database(is_switched_off, ref):
            return False
        return await health.allows(ref)

    async def _begin(self, turn: Turn, ref: ModelRef, sent: tuple[Message, ...]) -> None:
        """The row of the next call, before it is made; who follows is told of another model."""
        is_first, self._is_row_ready = self._is_row_ready, False
        if not is_first or ref != self.ref:
            ended = self._ended or self._end(error_kind="skipped")
            self._attempt += 1
            following = NextCall(
                self._attempt, ref, turn.tier, turn.purpose, turn.reserved_usd, sent
            )
            await self._turn_over(ended, following)
        if ref != self.ref:
            route = {"provider": ref.provider, "model": ref.model, "tier": turn.tier}
            self._job.stream.append("route", route)
        self._clear(ref)

    async def _turn_over(self, ended: EndedCall, following: NextCall) -> None:
        """A cancel waits for the thread, since the row that it writes has to be ended, too."""
        writing = asyncio.ensure_future(
            in_database(ledger.turn_over, self._job.id, ended, following)
        )
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            if writing.exception() is None:
                self._clear(following.ref)
            raise

    async def _ask(
        self, ref: ModelRef, sent: tuple[Message, ...], take: Callable[[str], None]
    ) -> Finished:
        ask = self._job.opened.ask
        limit = ask.max_output_tokens + room_to_think(ref)
        request = ModelRequest(ref.model, sent, limit, ask.schema)
        finished = Finished("stop", None)
        async with aclosing(provider(ref.provider).stream(request)) as answer:  # type: ignore[type-var]
            async for item in answer:
                if isinstance(item, Accepted):
                    self._is_accepted = True
                    continue
                if isinstance(item, Usage):
                    self._told, self._told_at = item, self._length
                    continue
                if isinstance(item, Finished):
                    finished = item
                    continue
                piece = item.text[: MAX_BODY_CHARACTERS - self._length]
                self._length += len(piece)
                self._first_at = self._first_at or time.monotonic()
                self._written.append(piece)
                self._job.attempt = self._attempt
                take(piece)
                if self._length >= MAX_BODY_CHARACTERS:
                    # No piece of content is longer: a provider that does not stop is stopped.
                    return Finished("length", None)
        return finished

    def _end(self, finished: Finished | None = None, error_kind: str = "") -> EndedCall:
        first, now = self._first_at, time.monotonic()
        usage, told_at = self._usage(finished)
        return EndedCall(
            self._attempt,
            self.ref,
            is_released=finished is None and first is None and not self._is_owed(error_kind),
            usage=usage,
            told_at=told_at,
            written="".join(self._written),
            finish_reason=finished.reason if finished else "",
            error_kind=error_kind,
            first_token_ms=int((first - self._began_at) * 1000) if first else None,
            latency_ms=int((now - self._began_at) * 1000),
        )

    def _is_owed(self, error_kind: str) -> bool:
        """Whether a call without a word costs: a creator stopped what the provider had taken."""
        return self._is_accepted and error_kind == STOPPED and not self._job.stop_code

    def _usage(self, finished: Finished | None) -> tuple[Usage | None, int | None]:
        """What the provider told, and of how much of the text; None: of all of it."""
        if finished is not None and finished.usage is not None:
            # An end may have nothing newer to tell than what was told before the text.
            is_stale = finished.usage is self._told and self._told_at < self._length
            return finished.usage, self._told_at if is_stale else None
        return self._told, self._told_at


async def _note(ref: ModelRef, error: ProviderError) -> None:
    """For the breaker. A model that says when it is free again is well: who waits is served."""
    if error.retry_after_seconds is not None and error.retry_after_seconds < RETRY_DEADLINE_SECONDS:
        await health.give_back(ref)
    else:
        await health.record(ref, kind=error.kind)
