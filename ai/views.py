"""Generating over the API: plain async views, since DRF cannot stream."""

from typing import Any
from uuid import UUID

from django.http import Http404, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from ai import engine
from ai.database import in_database
from ai.failures import failure_of
from ai.job import Job
from ai.ledger import QuotaExceeded
from ai.models import Generation
from ai.routing import NoModel, PlanRequired
from ai.serializers import GenerationSerializer, brief_of
from ai.services import NothingToKeep, keep_generation
from ai.sse import event_stream, last_seen, wants_events
from api.errors import ApiError, Conflict
from api.plain import SignedInRequest, json_body, signed_in
from content.serializers import ContentSerializer


def as_api_error(error: Exception) -> ApiError | None:
    """What the engine refuses, as the contract tells it; None for anything else."""
    if isinstance(error, QuotaExceeded):
        return ApiError(str(error), status=402, code="quota_exceeded", extra=error.numbers)
    if isinstance(error, PlanRequired):
        return ApiError(str(error), status=403, code="plan_required")
    if isinstance(error, NoModel):
        return ApiError(str(error), status=503, code="provider_unavailable")
    if isinstance(error, engine.Overloaded):
        message = _("Too many texts are being written at once. Try again in a few seconds.")
        return ApiError(message, status=503, code="overloaded", headers={"Retry-After": "5"})
    return None


async def _start(request: SignedInRequest) -> Job:
    brief = brief_of(json_body(request))
    is_unlimited = bool(request.token and request.token.is_unlimited)
    try:
        return await engine.start(user=request.caller, brief=brief, is_unlimited=is_unlimited)
    except Exception as error:
        raise as_api_error(error) or error from error


async def _finished(job: Job) -> Generation:
    """The settled row. Raises ApiError with the text that had arrived when the model failed."""
    await job.finished.wait()
    row: Generation = await in_database(Generation.objects.get, id=job.id)
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


@signed_in("POST")
async def generate(request: SignedInRequest) -> HttpResponseBase:
    """`/ai/generate`: the whole answer, or a stream where the client accepts one."""
    job = await _start(request)
    if wants_events(request):
        return event_stream(job.id)
    return JsonResponse(GenerationSerializer(await _finished(job)).data)


@signed_in("POST")
async def generate_stream(request: SignedInRequest) -> HttpResponseBase:
    """`/ai/generate/stream`: always a stream."""
    job = await _start(request)
    return event_stream(job.id)


@signed_in("POST")
async def generate_content(request: SignedInRequest) -> HttpResponseBase:
    """`/content/generate`: the answer, kept as a draft."""
    row = await _finished(await _start(request))
    try:
        content = await in_database(keep_generation, by=request.caller, generation_id=row.id)
    except NothingToKeep as error:
        message = _("It was stopped before anything was written.")
        raise Conflict(message, extra={"id": str(row.id)}) from error
    data: dict[str, Any] = dict(ContentSerializer(content).data)
    data["provenance"] = GenerationSerializer(row).data
    return JsonResponse(data, status=201)


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
    return JsonResponse(GenerationSerializer(row).data)
