"""The stream log as server-sent events."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from ai.stream.follow import follow
from ai.stream.frames import HEARTBEAT


async def _bytes(generation_id: UUID, after: int) -> AsyncIterator[bytes]:
    async with aclosing(follow(generation_id, after)) as frames:  # type: ignore[type-var]
        async for each in frames:
            yield HEARTBEAT if each is None else each.as_sse()


def event_stream(generation_id: UUID, after: int = 0) -> StreamingHttpResponse:
    """An answer that follows a generation to its end."""
    response = StreamingHttpResponse(
        _bytes(generation_id, after), content_type="text/event-stream; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    response.headers["X-Generation-ID"] = str(generation_id)
    return response


def last_seen(request: HttpRequest) -> int:
    """The number behind which to go on: `Last-Event-ID`, else `?after=`, else 0.

    Raises ValidationError where either is no number.
    """
    said = (request.headers.get("Last-Event-ID"), request.GET.get("after"))
    numbers = [_number_of_frame(each) for each in said if each]
    return numbers[0] if numbers else 0


def _number_of_frame(raw: str) -> int:
    if not raw.isascii() or not raw.isdigit() or len(raw) > 9:  # noqa: PLR2004
        message = _("This must be the number of a frame.")
        raise ValidationError({"after": [message]}, code="invalid")
    return int(raw)


def wants_events(request: HttpRequest) -> bool:
    """Whether the client asked for a stream."""
    return "text/event-stream" in request.headers.get("Accept", "")
