"""Gives each request an id that its logs, errors and answer share."""

import logging
import uuid
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

_current: ContextVar[str] = ContextVar("request_id", default="-")


def current_request_id() -> str:
    """The id of the request at hand; "-" outside one."""
    return _current.get()


class RequestIdFilter(logging.Filter):
    """Puts `request_id` on every log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, marked."""
        record.request_id = _current.get()
        return True


@sync_and_async_middleware
def RequestIdMiddleware(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:  # noqa: N802
    """Set the id before anything else runs and name it in `X-Request-ID`."""

    def begin() -> str:
        request_id = uuid.uuid4().hex
        _current.set(request_id)
        return request_id

    if iscoroutinefunction(get_response):
        async_get: Callable[[HttpRequest], Awaitable[HttpResponseBase]] = get_response

        async def async_middleware(request: HttpRequest) -> HttpResponseBase:
            request_id = begin()
            response = await async_get(request)
            response.headers["X-Request-ID"] = request_id
            return response

        return async_middleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request_id = begin()
        response: HttpResponseBase = get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response

    return middleware
