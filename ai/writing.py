"""Writes a generation: one draft as it comes, or a draft that is checked and written once more."""

from ai.ask import Ask, Draft
from ai.calling import Calls
from ai.checks.flaws import FATAL
from ai.job import Job
from ai.ledger import Outcome, Turn
from ai.ledger.opened import PURPOSE, UNUSABLE
from ai.models import Generation
from ai.providers.base import ErrorKind, Message, ProviderError


async def write(job: Job, calls: Calls) -> Outcome:
    """To the end of the answer. Raises ProviderError where there is none."""
    opened = job.opened
    if opened.ask.check is None:
        draft = await calls.draft(opened.turns[0], (), job.push)
        return _ended(job, calls, draft, (), ())
    first = await _first(job, calls)
    flaws = opened.ask.check(first)
    if not flaws or len(opened.turns) == 1:
        return _shown(job, calls, first, (), flaws)
    again = opened.turns[1]
    if FATAL.intersection(flaws):
        # Nothing to be left with, if the second one is broken off before it has begun.
        job.draft = ""
    try:
        second = await _hidden(job, calls, again, _repair(opened.ask, first, flaws))
    except ProviderError:
        if FATAL.intersection(flaws) or job.opened.ask.schema is not None:
            raise
        # Better a draft with a flaw than none.
        return _shown(job, calls, first, flaws, flaws)
    is_escalated = again.purpose == PURPOSE.ESCALATION
    left = opened.ask.check(second)
    return _shown(job, calls, second, flaws, left, is_escalated=is_escalated)


async def _first(job: Job, calls: Calls) -> Draft:
    """The first draft; where a vendor's filter holds it back, none: another model may write it."""
    turns = job.opened.turns
    try:
        return await _hidden(job, calls, turns[0], ())
    except ProviderError as error:
        if error.kind != ErrorKind.CONTENT_FILTER or len(turns) == 1:
            raise
        return Draft("", "content_filter")


async def _hidden(job: Job, calls: Calls, turn: Turn, more: tuple[Message, ...]) -> Draft:
    written = ""

    def take(piece: str) -> None:
        nonlocal written
        written += piece
        # The draft before it stands until this one has begun.
        job.draft = written

    return await calls.draft(turn, more, take)


def _repair(ask: Ask, first: Draft, flaws: tuple[str, ...]) -> tuple[Message, ...]:
    return ask.repair(first, flaws) if ask.repair is not None else ()


def _shown(
    job: Job,
    calls: Calls,
    draft: Draft,
    flaws: tuple[str, ...],
    left: tuple[str, ...],
    *,
    is_escalated: bool = False,
) -> Outcome:
    """The checked answer, at once."""
    is_unusable = job.opened.ask.schema is not None and FATAL.intersection(left)
    job.draft = ""
    if draft.text and not is_unusable:
        job.push(draft.text)
    outcome = _ended(job, calls, draft, flaws, left)
    outcome.is_escalated = is_escalated
    if is_unusable:
        outcome.status, outcome.error_code = Generation.Status.FAILED, UNUSABLE
    return outcome


def _ended(
    job: Job, calls: Calls, draft: Draft, flaws: tuple[str, ...], left: tuple[str, ...]
) -> Outcome:
    call = calls.last()
    if not draft.text.strip():
        outcome = job.outcome(Generation.Status.FAILED, error_code="empty", call=call)
    else:
        reason = draft.finish_reason
        outcome = job.outcome(Generation.Status.DONE, finish_reason=reason, call=call)
    outcome.draft_flaws, outcome.final_flaws = flaws, left
    return outcome
