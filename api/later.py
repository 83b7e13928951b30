"""Async views behind middleware that runs in one thread: their answer comes later, on the loop."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from api.errors import as_envelope
from api.threads import and_give_back, in_thread

HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

type View = Callable[..., Awaitable[HttpResponseBase]]


def answers_later[Marked: Callable[..., Any]](view: Marked) -> Marked:
    """Mark an async view that needs nothing of the middleware behind it but headers."""
    return answers_later_to(*HTTP_METHODS)(view)


def answers_later_to[Marked: Callable[..., Any]](*methods: str) -> Callable[[Marked], Marked]:
    """Mark an async view so for some methods; the others are served whole."""

    def mark(view: Marked) -> Marked:
        view.later_methods = frozenset(methods)  # type: ignore[attr-defined]
        return view

    return mark


def later_methods(view: Any) -> frozenset[str]:
    """The methods to which a view answers later, in capitals."""
    found: frozenset[str] = getattr(view, "later_methods", frozenset())
    return found


class Later(StreamingHttpResponse):
    """Stands for an answer while the middleware looks at it; what they say of it is kept.

    Streaming, so that nobody looks for a body.
    """

    def __init__(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        super().__init__(())
        del self.headers["Content-Type"]
        self._begin = partial(view, request, *args, **kwargs)
        self._request = request

    async def answer(self) -> HttpResponseBase:
        """Run the view; its answer, under the headers that were meant for it."""
        try:
            found = await self._begin()
        except Exception as error:  # noqa: BLE001  (as Django's own handlers do around each view)
            found = await in_thread(and_give_back, response_for_exception, self._request, error)
        found = as_envelope(self._request, found)
        for name, value in self.headers.items():
            found.headers.setdefault(name, value)
        for name, morsel in self.cookies.items():
            found.cookies.setdefault(name, morsel)
        if not found.streaming:
            found.headers["Content-Length"] = str(len(found.content))  # type: ignore[attr-defined]
        return found


@cache
def in_place_of(view: View) -> Callable[..., Later]:
    """The sync view that middleware sees instead."""

    def stand_in(request: HttpRequest, *args: Any, **kwargs: Any) -> Later:
        # Read while it is open. One that is too large is refused where the view asks for it.
        with suppress(RequestDataTooBig):
            _ = request.body
        return Later(request, view, args, kwargs)

    stand_in.csrf_exempt = getattr(view, "csrf_exempt", False)  # type: ignore[attr-defined]
    return stand_in
