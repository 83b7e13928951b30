"""Somebody at `/ws/live`, without a server between."""

import json
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import User
from api.threads import give_back_connections
from api.tokens import issue_token
from huntaze.sockets import application

HOST = (b"host", b"localhost")
OWN = "http://localhost"


async def sync[Result](work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Do what a view or a job would do, in a thread."""

    def run() -> Result:
        try:
            return work(*args, **kwargs)
        finally:
            give_back_connections()

    return await sync_to_async(run, thread_sensitive=False)()


class Listener:
    """A client: what it sends, what it is told, how it was closed."""

    def __init__(self, path: str = "/ws/live", **headers: str) -> None:
        pairs = [HOST, *((name.encode(), value.encode()) for name, value in headers.items())]
        # Channels' own communicator comes with a server that we do not have.
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": pairs}
        self._socket = ApplicationCommunicator(application, scope)

    async def connect(self) -> bool | int:
        """True when it was accepted, else the code."""
        await self._socket.send_input({"type": "websocket.connect"})
        answer = await self._socket.receive_output(5)
        return True if answer["type"] == "websocket.accept" else int(answer["code"])

    async def send(self, message: Any) -> None:
        """An object, or a text as it is."""
        text = message if isinstance(message, str) else json.dumps(message)
        await self._socket.send_input({"type": "websocket.receive", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        await self._socket.send_input({"type": "websocket.receive", "bytes": data})

    async def next(self) -> dict[str, Any]:
        """The next event."""
        found = await self._socket.receive_output(5)
        assert found["type"] == "websocket.send", found
        event: dict[str, Any] = json.loads(found["text"])
        return event

    async def until(self, event: str) -> dict[str, Any]:
        """The next event of a kind."""
        while True:
            found = await self.next()
            if found["event"] == event:
                return found

    async def code(self) -> int:
        """How it is closed, whatever comes before."""
        while True:
            found = await self._socket.receive_output(5)
            if found["type"] == "websocket.close":
                return int(found["code"])

    async def hears_nothing(self) -> bool:
        """For a moment."""
        return bool(await self._socket.receive_nothing(timeout=0.3))

    async def leave(self) -> None:
        """Close it from this side."""
        await self._socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._socket.wait(5)


async def with_token(user: User, **token: Any) -> Listener:
    """Signed in by an API token, and greeted."""
    plain = await sync(issue_token, user=user, name="test", **token)
    listener = Listener()
    assert await listener.connect() is True
    await listener.send({"action": "authenticate", "token": plain})
    assert (await listener.next())["event"] == "hello"
    return listener


def open_session(user: User) -> str:
    """A session that somebody is signed in by; its key."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


async def with_cookie(user: User, origin: str = OWN, **headers: str) -> Listener:
    """Signed in by the session cookie, and greeted."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={await sync(open_session, user)}"
    listener = Listener(cookie=cookie, origin=origin, **headers)
    assert await listener.connect() is True
    assert (await listener.next())["event"] == "hello"
    return listener
