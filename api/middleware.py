"""One way to write a middleware that serves sync and async views alike."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

type Before = Callable[[HttpRequest], None]
type After = Callable[[HttpRequest, HttpResponseBase], HttpResponseBase]


def middleware(*, before: Before | None = None, after: After | None = None) -> Any:
    """A middleware that looks at each request, at each answer, or at both; neither may wait."""

    @sync_and_async_middleware
    def factory(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:
        def begin(request: HttpRequest) -> None:
            if before is not None:
                before(request)

        def end(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
            return response if after is None else after(request, response)

        if iscoroutinefunction(get_response):
            async_get: Callable[[HttpRequest], Awaitable[HttpResponseBase]] = get_response

            async def async_middleware(request: HttpRequest) -> HttpResponseBase:
                begin(request)
                return end(request, await async_get(request))

            return async_middleware

        def sync_middleware(request: HttpRequest) -> HttpResponseBase:
            begin(request)
            return end(request, get_response(request))

        return sync_middleware

    return factory
