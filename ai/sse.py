"""The stream log as server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from ai.stream.follow import follow
from ai.stream.frames import HEARTBEAT
from api.events import EventStream


async def _bytes(generation_id: UUID, after: int) -> AsyncGenerator[bytes]:
    async with aclosing(follow(generation_id, after)) as batches:  # type: ignore[type-var]
        async for frames in batches:
            yield b"".join([each.as_sse() for each in frames]) or HEARTBEAT


def event_stream(generation_id: UUID, after: int = 0) -> EventStream:
    """An answer that follows a generation to its end."""
    response = EventStream(_bytes(generation_id, after))
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
