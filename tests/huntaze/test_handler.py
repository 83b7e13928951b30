"""Our handler, spoken to as a server does: what each kind of view gives back, and when."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import connection
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.urls import path
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from accounts.models import User
from api.events import EventStream
from api.later import answers_later, answers_later_to
from huntaze.handler import Handler


def plain(request: HttpRequest) -> HttpResponse:
    """Says what it finds set, and sets it for others, if they could see it."""
    said = f"{translation.get_language()} {timezone.get_current_timezone_name()}"
    translation.activate("fr")
    timezone.activate("Asia/Tokyo")
    User.objects.count()
    return HttpResponse(said, headers={"X-Length": str(len(request.body))})


async def waits(request: HttpRequest) -> HttpResponse:
    """The same on the event loop."""
    said = f"{translation.get_language()} {timezone.get_current_timezone_name()}"
    translation.activate("fr")
    timezone.activate("Asia/Tokyo")
    return HttpResponse(said)


@answers_later
@csrf_exempt
async def later(request: HttpRequest) -> HttpResponse:
    """The same, behind middleware that ran in a thread; with a body, it says how long that is."""
    answer = await waits(request)
    if request.method == "POST":
        answer.content = f"{len(request.body)}".encode()
        answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@answers_later_to("POST")
@csrf_exempt
async def both(request: HttpRequest) -> HttpResponse:
    """Later to one method; to the others something that is to be rendered."""
    if request.method == "POST":
        return HttpResponse(f"{len(request.body)}")
    return SimpleTemplateResponse(engines["django"].from_string("whole"))


@answers_later
async def fails_later(request: HttpRequest) -> HttpResponse:
    """Nobody expects it there, either."""
    await asyncio.sleep(0)
    raise ZeroDivisionError("secret")


@answers_later
async def refuses_later(request: HttpRequest) -> HttpResponse:
    """An answer that is no JSON."""
    return HttpResponseNotAllowed(["PUT"])


@answers_later
async def events_later(request: HttpRequest) -> EventStream:
    """A stream of events behind an answer that came later."""

    async def parts() -> AsyncGenerator[bytes]:
        for number in range(3):
            await asyncio.sleep(0)
            yield f"data: {number}\n\n".encode()

    return EventStream(parts())


def streams(request: HttpRequest) -> StreamingHttpResponse:
    """A sync view that asked the database before it began."""
    count = User.objects.count()

    async def parts() -> AsyncIterator[bytes]:
        yield str(count).encode()
        yield b" people"

    return StreamingHttpResponse(parts())


def fails(request: HttpRequest) -> HttpResponse:
    """Nobody expects it."""
    User.objects.count()
    raise ZeroDivisionError("secret")


@csrf_exempt
def late(request: HttpRequest) -> HttpResponse:
    """Reads its body when the client may be gone."""
    time.sleep(0.2)
    read.append(len(request.body))
    return HttpResponse()


read: list[int] = []
urlpatterns = [
    path("late", late),
    path("plain", plain),
    path("waits", waits),
    path("streams", streams),
    path("fails", fails),
    path("api/fails", fails),
    path("later", later),
    path("both", both),
    path("fails-later", fails_later),
    path("api/fails-later", fails_later),
    path("api/refuses-later", refuses_later),
    path("events-later", events_later),
]
handler404, handler500 = "api.error_views.page_not_found", "api.error_views.server_error"


@pytest.fixture
def handler(transactional_db: None, settings: Any) -> Iterator[Handler]:
    """With the views above; whatever took a connection has given it back."""

    def held() -> int:
        stats = connection.pool.get_stats()  # type: ignore[attr-defined]
        return int(stats["pool_size"] - stats["pool_available"])

    settings.ROOT_URLCONF = __name__
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    made = Handler()
    connection.close()
    # A thread of another test may keep one.
    before = held()
    yield made
    # The pool takes one back in a thread of its own.
    deadline = time.monotonic() + 5
    while held() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert held() <= before


def scope_of(address: str, method: str, length: int) -> dict[str, Any]:
    """What a server says of a request."""
    headers = [(b"host", b"testserver"), (b"content-length", str(length).encode())]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": address}
    scope |= {"query_string": b"", "scheme": "http", "headers": headers}
    return {**scope, "client": ("127.0.0.1", 1)}


async def ask(handler: Handler, address: str, *body: bytes, method: str = "GET") -> tuple[int, str]:
    """(status, body), the request's body in pieces."""
    begun, said = await answer_of(handler, address, *body, method=method)
    return begun["status"], said


async def answer_of(
    handler: Handler, address: str, *body: bytes, method: str = "GET"
) -> tuple[dict[str, Any], str]:
    """(what the answer begins with, its body)."""
    spoken = ApplicationCommunicator(handler, scope_of(address, method, sum(map(len, body))))
    for number, piece in enumerate(body or [b""], 1):
        is_more = number < len(body)
        await spoken.send_input({"type": "http.request", "body": piece, "more_body": is_more})
    start = await spoken.receive_output(10)
    said, is_open = b"", True
    while is_open:
        part = await spoken.receive_output(10)
        said, is_open = said + part.get("body", b""), part.get("more_body", False)
    await spoken.wait(10)
    return start, said.decode()


@pytest.mark.parametrize("address", ["/plain", "/waits", "/later"])
async def test_nothing_that_is_set_outlives_its_request(handler: Handler, address: str) -> None:
    for _ in range(40):
        assert await ask(handler, address) == (200, "en UTC")


async def test_a_body_in_pieces_is_whole(handler: Handler) -> None:
    status, _said = await ask(handler, "/plain", b"a", b"b" * 70_000, b"c", method="GET")
    assert status == 200


async def test_a_sync_view_that_streams_holds_no_connection(handler: Handler) -> None:
    # Many at once, so that an answer is seldom closed in the thread that made it.
    found = await asyncio.gather(*(ask(handler, "/streams") for _ in range(24)))
    assert set(found) == {(200, "0 people")}


@pytest.mark.parametrize(
    "address", ["/fails", "/api/fails", "/fails-later", "/api/fails-later", "/api/nothing"]
)
async def test_a_failure_is_an_answer(handler: Handler, address: str) -> None:
    status, said = await ask(handler, address)
    assert status == (500 if "fails" in address else 404)
    assert "secret" not in said
    assert said.startswith("{") == address.startswith("/api")


async def test_an_answer_that_comes_later_is_whole(handler: Handler) -> None:
    """Its body is read; the middleware's headers are there, the view's own stand."""
    begun, said = await answer_of(handler, "/later", b"a" * 9, b"b", method="POST")
    headers = dict(begun["headers"])
    assert (begun["status"], said) == (200, "10")
    assert headers[b"Content-Length"] == b"2"
    assert headers[b"X-Frame-Options"] == b"SAMEORIGIN"
    assert headers[b"Referrer-Policy"] == b"same-origin"
    assert headers[b"X-Request-ID"]


async def test_a_refusal_that_comes_later_is_an_envelope(handler: Handler) -> None:
    begun, said = await answer_of(handler, "/api/refuses-later")
    headers = dict(begun["headers"])
    assert (begun["status"], headers[b"Allow"]) == (405, b"PUT")
    assert json.loads(said)["code"] == "method_not_allowed"
    assert int(headers[b"Content-Length"]) == len(said)


async def test_a_view_may_answer_later_to_one_method(handler: Handler) -> None:
    assert await ask(handler, "/both") == (200, "whole")
    assert await ask(handler, "/both", b"abc", method="POST") == (200, "3")


async def test_events_may_come_later(handler: Handler) -> None:
    begun, said = await answer_of(handler, "/events-later")
    headers = dict(begun["headers"])
    assert headers[b"Content-Type"].startswith(b"text/event-stream")
    assert b"Content-Length" not in headers
    assert said == "data: 0\n\ndata: 1\n\ndata: 2\n\n"


async def test_a_client_that_leaves_before_its_body_is_done_with(handler: Handler) -> None:
    scope = {"type": "http", "method": "POST", "path": "/plain", "query_string": b"", "headers": []}
    spoken = ApplicationCommunicator(handler, scope)
    await spoken.send_input({"type": "http.request", "body": b"a", "more_body": True})
    await spoken.send_input({"type": "http.disconnect"})
    await spoken.wait(10)
    assert await spoken.receive_nothing()


@pytest.mark.parametrize("pieces", [1, 2])
async def test_a_client_that_leaves_takes_no_body_with_it(handler: Handler, pieces: int) -> None:
    read.clear()
    sent = [{"type": "http.request", "body": b"x" * 9, "more_body": False}]
    sent += [{"type": "http.request", "body": b"x" * 9, "more_body": True}] * (pieces - 1)

    async def receive() -> dict[str, Any]:
        return sent.pop()

    async def send(_message: Any) -> None:
        raise AssertionError("Nobody is there.")

    scope = scope_of("/late", "POST", 9 * pieces)
    serving = asyncio.ensure_future(handler(scope, receive, send))
    await asyncio.sleep(0.1)
    # What the server does when the connection closes.
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    await asyncio.sleep(0.3)
    assert read == [9 * pieces]
