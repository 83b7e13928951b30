"""Serves async views on the event loop, and sync views whole, in one of a few threads.

Django's own ASGI handler starts a thread for each request and changes over to it for every signal,
sync view, closing and most middlewares: most of a short request's time. Here a request whose view
is sync runs as under WSGI, its middleware included, in one hop; that of an async view which answers
later runs so up to the view, which goes on here (docs/decisions/0012-one-hop.md).
"""

from collections.abc import Mapping
from contextlib import closing
from functools import lru_cache
from inspect import iscoroutinefunction
from io import BytesIO
from typing import Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.http import HttpRequest
from django.urls import Resolver404, resolve, set_script_prefix

from api.events import EventStream, send_events
from api.later import Later, in_place_of, later_methods
from api.threads import give_back_connections, in_thread

PATHS_REMEMBERED = 4_096
LONGEST_REMEMBERED = 128


class Sender:
    """The server's `send`, and what is to be sent by it later."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self.stream: EventStream | None = None

    def __call__(self, message: Mapping[str, Any]) -> Any:
        """Send."""
        return self._send(message)


class SyncChain(BaseHandler):
    """The middleware and views in their sync form."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)

    def resolve_request(self, request: HttpRequest) -> Any:
        """(view, args, kwargs), with a stand-in for a view that answers later."""
        match = super().resolve_request(request)
        view = match.func
        is_later = request.method in later_methods(view)
        return (in_place_of(view) if is_later else view), match.args, match.kwargs


class Handler(ASGIHandler):
    """Django's handler, with a shorter way for sync views."""

    def __init__(self) -> None:
        super().__init__()
        self._chain = SyncChain()
        # The resolver takes as long as a middleware; most requests are for paths seen before.
        self._remembered = lru_cache(PATHS_REMEMBERED)(_is_sync)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        # A stranger may not fill the memory with paths of their own making.
        is_sync = self._remembered if len(path) <= LONGEST_REMEMBERED else _is_sync
        if is_sync(path):
            await self._serve(scope, receive, send)
        else:
            sender = Sender(send)
            await super().__call__(scope, receive, sender)
            if sender.stream is not None:
                await send_events(sender.stream, receive, send)

    async def send_response(self, response: Any, send: Any) -> None:
        """As Django does; of a stream of events the beginning, and the rest behind the request.

        Django would keep the request, its thread and its middleware for as long as it lasts.
        """
        if not (isinstance(response, EventStream) and isinstance(send, Sender)):
            await super().send_response(response, send)
            return
        pairs = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
        pairs += [
            (b"Set-Cookie", each.OutputString().encode("ascii"))
            for each in response.cookies.values()
        ]
        status = response.status_code
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        send.stream = response

    async def read_body(self, receive: Any) -> Any:
        """The body as a file: in memory where it came in one piece, else as Django reads it."""
        first = await receive()
        if first["type"] == "http.request" and not first.get("more_body", False):
            return BytesIO(first.get("body", b""))

        pieces = [first]

        async def again() -> Any:
            return pieces.pop() if pieces else await receive()

        return await super().read_body(again)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        response = await in_thread(self._respond, scope, body)
        if isinstance(response, Later):
            answer = await response.answer()
            sender = Sender(send)
            await self.send_response(answer, sender)
            if sender.stream is not None:
                await send_events(sender.stream, receive, send)
            return
        await self.send_response(response, send)
        if response.streaming:
            await in_thread(response.close)

    def _respond(self, scope: Any, body: Any) -> Any:
        """The answer; closed already, unless it streams. Its connection is free again."""
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=type(self), scope=scope)
        request, refused = self.create_request(scope, body)
        # By the thread that reads it: a client that leaves ends our waiting, not the view.
        with closing(body):
            response: Any = refused if request is None else self._chain.get_response(request)
        response._handler_class = type(self)  # noqa: SLF001
        if response.streaming and not isinstance(response, Later):
            # It is closed in another thread, which would look for connections of its own.
            give_back_connections()
        else:
            response.close()
        return response


def _is_sync(path: str) -> bool:
    """Whether a request of this path begins in a thread; static files and unknown paths do not."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return bool(later_methods(match.func)) or not iscoroutinefunction(match.func)
