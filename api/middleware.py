"""One way to write a middleware that serves sync and async views alike."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from api.threads import and_give_back, in_thread

type Before = Callable[[HttpRequest], HttpResponseBase | None]
type After = Callable[[HttpRequest, HttpResponseBase], HttpResponseBase]


def middleware(
    *, before: Before | None = None, after: After | None = None, waits: bool = False
) -> Any:
    """A middleware that looks at each request, at each answer, or at both.

    An answer of `before` goes out instead of the view's. Only a `before` that `waits` may ask the
    database or the cache; in front of async views it runs in the request's thread.
    """

    @sync_and_async_middleware
    def factory(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:
        def begin(request: HttpRequest) -> HttpResponseBase | None:
            return None if before is None else before(request)

        def end(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
            return response if after is None else after(request, response)

        if iscoroutinefunction(get_response):
            async_get: Callable[[HttpRequest], Awaitable[HttpResponseBase]] = get_response

            async def async_middleware(request: HttpRequest) -> HttpResponseBase:
                early = await in_thread(and_give_back, begin, request) if waits else begin(request)
                return end(request, early or await async_get(request))

            return async_middleware

        def sync_middleware(request: HttpRequest) -> HttpResponseBase:
            return end(request, begin(request) or get_response(request))

        return sync_middleware

    return factory
