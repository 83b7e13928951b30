"""Generating over the API: plain async views, since DRF cannot stream."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.models import User
from ai import engine
from ai.ask import Ask
from ai.ask_text import ask_for
from ai.database import in_database
from ai.failures import failure_of
from ai.job import Job
from ai.ledger import PromptTooLong, QuotaExceeded
from ai.models import Generation
from ai.routing import NoModel, PlanRequired
from ai.serializers import GenerationSerializer, wanted_of
from ai.services import NothingToKeep, keep_generation
from ai.sse import event_stream, last_seen, wants_events
from ai.stream.follow import wait_for_end
from ai.twins import AlreadyOpened
from ai.voice import voice_of
from api.errors import ApiError, Conflict
from api.idempotency import REPLAYED, Key, answer_once, in_progress, key_of, mark_replayed
from api.json import JsonAnswer
from api.plain import SignedInRequest, json_body, signed_in
from content.serializers import ContentSerializer

# As long as a text may well take; whoever waits longer may ask again with the same key.
TWIN_SECONDS = 120.0


def as_api_error(error: Exception) -> ApiError | None:
    """What the engine refuses, as the contract tells it; None for anything else."""
    if isinstance(error, QuotaExceeded):
        return ApiError(str(error), status=402, code="quota_exceeded", extra=error.numbers)
    if isinstance(error, PlanRequired):
        return ApiError(str(error), status=403, code="plan_required")
    if isinstance(error, PromptTooLong):
        return ApiError(str(error), status=400, code="prompt_too_long")
    if isinstance(error, NoModel):
        headers = {"Retry-After": "30"}
        return ApiError(str(error), status=503, code="provider_unavailable", headers=headers)
    if isinstance(error, engine.Overloaded):
        message = _("Too many texts are being written at once. Try again in a few seconds.")
        return ApiError(message, status=503, code="overloaded", headers={"Retry-After": "5"})
    return None


@dataclass(frozen=True, slots=True)
class Begun:
    """A generation that answers this request, begun by it or by a twin before."""

    generation_id: UUID
    key: Key | None
    is_twin: bool
    # Where it is written by this process.
    job: Job | None = None

    def mark[Answer: HttpResponseBase](self, answer: Answer) -> Answer:
        """An answer to a twin says so; one to the first does not, whoever was faster to keep it."""
        del answer.headers[REPLAYED]
        return mark_replayed(answer) if self.is_twin else answer


async def _begin(request: SignedInRequest, *, is_checked: bool = False) -> Begun:
    body = json_body(request)
    wanted = wanted_of(body)

    def ask() -> Ask:
        voice = voice_of(request.caller)
        return ask_for(wanted.brief, voice, is_checked=is_checked, may_reuse=wanted.may_reuse)

    return await begin(request, body, ask)


async def begin(request: SignedInRequest, body: Any, ask: Ask | Callable[[], Ask]) -> Begun:
    """Start what a body asks for, or find what its twin has started. Raises ApiError."""
    key = key_of(request, user=request.caller, body=body)
    is_unlimited = bool(request.token and request.token.is_unlimited)
    try:
        job = await engine.start(user=request.caller, ask=ask, is_unlimited=is_unlimited, key=key)
    except AlreadyOpened as twin:
        return Begun(twin.generation_id, key, is_twin=True)
    except Exception as error:
        raise as_api_error(error) or error from error
    return Begun(job.id, key, is_twin=False, job=job)


async def finished(begun: Begun) -> Generation:
    """The settled row.

    Raises ApiError with the text that had arrived when the model failed, and `in_progress` for a
    twin that has waited long enough.
    """
    try:
        async with asyncio.timeout(TWIN_SECONDS if begun.is_twin else None):
            row = await _ended(begun)
    except TimeoutError as error:
        raise in_progress() from error
    if row.is_final and row.status != Generation.Status.FAILED:
        return row
    # Not final: the database would not take the end of it; the periodic task settles it.
    failure = failure_of(row.error_code if row.is_final else "unavailable")
    headers = {"Retry-After": "30"} if failure.status == 503 else {}  # noqa: PLR2004
    raise ApiError(
        str(failure.sentence),
        status=failure.status,
        code=failure.code,
        extra={"id": str(row.id), "text": row.text},
        headers=headers,
    )


async def _ended(begun: Begun) -> Generation:
    """The row as it was settled here, or as it is stored."""
    if begun.job is not None:
        await begun.job.finished.wait()
        if begun.job.settled is not None:
            return begun.job.settled
    else:
        await wait_for_end(begun.generation_id)
    row: Generation = await in_database(Generation.objects.get, id=begun.generation_id)
    return row


@signed_in("POST")
async def generate(request: SignedInRequest) -> HttpResponseBase:
    """`/ai/generate`: the whole answer, or a stream where the client accepts one."""
    begun = await _begin(request)
    if wants_events(request):
        return begun.mark(event_stream(begun.generation_id))
    return begun.mark(JsonAnswer(GenerationSerializer(await finished(begun)).data))


@signed_in("POST")
async def generate_stream(request: SignedInRequest) -> HttpResponseBase:
    """`/ai/generate/stream`: always a stream."""
    begun = await _begin(request)
    return begun.mark(event_stream(begun.generation_id))


@signed_in("POST")
async def generate_content(request: SignedInRequest) -> HttpResponseBase:
    """`/content/generate`: the answer, kept as a draft."""
    begun = await _begin(request, is_checked=True)
    row = await finished(begun)

    def keep() -> HttpResponse:
        return _keep(request.caller, row)

    def keep_once() -> HttpResponse:
        # Kept with the key, too: a draft that was deleted since is not made a second time.
        return answer_once(begun.key, keep, lambda answer: answer.content) if begun.key else keep()

    return begun.mark(await in_database(keep_once))


def _keep(caller: User, row: Generation) -> JsonAnswer:
    try:
        content = keep_generation(by=caller, generation_id=row.id)
    except NothingToKeep as error:
        message = _("It was stopped before anything was written.")
        raise Conflict(message, extra={"id": str(row.id)}) from error
    data: dict[str, Any] = dict(ContentSerializer(content).data)
    data["provenance"] = GenerationSerializer(row).data
    return JsonAnswer(data, status=201)


async def _owned(request: SignedInRequest, generation_id: UUID) -> Generation:
    try:
        mine = Generation.objects.owned_by(request.caller)
        row: Generation = await in_database(mine.get, id=generation_id)
    except Generation.DoesNotExist as error:
        raise Http404 from error
    return row


@signed_in("GET")
async def follow_generation(request: SignedInRequest, generation_id: UUID) -> HttpResponseBase:
    """`/ai/generations/{id}/stream`: follow or resume."""
    after = last_seen(request)
    row = await _owned(request, generation_id)
    return event_stream(row.id, after)


@signed_in("POST")
async def cancel_generation(request: SignedInRequest, generation_id: UUID) -> HttpResponseBase:
    """`/ai/generations/{id}/cancel`: stop the upstream, settle what was used."""
    row = await _owned(request, generation_id)
    if not row.is_final:
        await engine.cancel(row.id)
        row = await _owned(request, generation_id)
    return JsonAnswer(GenerationSerializer(row).data)
