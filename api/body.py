"""Names the length of a body that was sent in chunks: DRF takes one without a length for empty."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from api.errors import is_api

METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def _measure(request: HttpRequest) -> None:
    if request.method not in METHODS or not is_api(request):
        return
    if request.META.get("CONTENT_LENGTH"):
        return
    try:
        length = len(request.body)
    except RequestDataTooBig:
        # Whoever reads it says so in the contract's words.
        length = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
    request.META["CONTENT_LENGTH"] = str(length)


@sync_and_async_middleware
def BodyLengthMiddleware(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:  # noqa: N802
    """The server has received the whole body before a view runs, so its length is known."""
    if iscoroutinefunction(get_response):
        async_get: Callable[[HttpRequest], Awaitable[HttpResponseBase]] = get_response

        async def async_middleware(request: HttpRequest) -> HttpResponseBase:
            _measure(request)
            return await async_get(request)

        return async_middleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        _measure(request)
        response: HttpResponseBase = get_response(request)
        return response

    return middleware
