"""One signed-in WebSocket: origin, sign-in, numbered events, bounds in both directions."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException

from api.closing import Closed, Code
from api.credentials import Credential, session_credential, token_credential
from api.errors import AWAY, error_parts
from api.handshake import Handshake
from api.newsdesk import in_database
from api.parsers import parse_json

logger = logging.getLogger("huntaze.news")

SIGN_IN_SECONDS = 10.0
PING_SECONDS = 30.0
# Two pings without a word: the peer is dead, or does not follow the protocol.
SILENCE_SECONDS = 75.0
SEND_SECONDS = 20.0
MOST_CHARACTERS = 64 * 1024
MOST_WAITING = 1_000
MOST_MISTAKES = 20
MOST_SOCKETS = 5_000

type Receive = Callable[[], Awaitable[dict[str, Any]]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]


class Socket:
    """A connection; a subclass says what happens behind the sign-in, and which actions it takes."""

    count: ClassVar[int] = 0
    credential: Credential

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self._receive, self._raw_send = receive, send
        self._handshake = Handshake(scope)
        self._outgoing: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._ending: asyncio.Future[Code] = asyncio.get_running_loop().create_future()
        self._turn = asyncio.Lock()
        self._sending_since: float | None = None
        self._sent = 0
        self._mistakes = 0
        self._heard_at = time.monotonic()

    @classmethod
    def as_asgi(cls) -> Any:
        """The ASGI application for a route."""

        async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            await cls(scope, receive, send).serve()

        return application

    async def opened(self) -> None:
        """Somebody has signed in. May raise Closed."""

    async def closed(self) -> None:
        """The end, whoever brought it about; called when `opened` was."""

    async def take(self, action: str, message: dict[str, Any]) -> bool:
        """Do what a client asks; False for an action that is unknown here."""
        return False

    @property
    def language(self) -> str:
        """What somebody chose, else what their browser asks for."""
        return self.credential.language or self._handshake.language

    def say(
        self, event: str, data: Any, *, about: str | None = None, request_id: str | None = None
    ) -> None:
        """Send an event, in order; who reads too slowly is closed, not waited for."""
        try:
            self._outgoing.put_nowait(self._framed(event, data, about, request_id))
        except asyncio.QueueFull:
            self.end(Code.TOO_SLOW)

    def end(self, code: Code) -> None:
        """Close it soon; the first reason counts."""
        if not self._ending.done():
            self._ending.set_result(code)

    def wind_up(self) -> None:
        """The server stops: end when all was said, which here is now."""
        self.end(Code.GOING_AWAY)

    async def serve(self) -> None:
        """From the opening request to the end."""
        await self._receive()
        if not self._handshake.is_welcome():
            await self._close(Code.WRONG_ORIGIN)
            return
        if Socket.count >= MOST_SOCKETS:
            await self._close(Code.TRY_LATER)
            return
        Socket.count += 1
        try:
            await self._raw_send({"type": "websocket.accept"})
            await self._close(await self._live())
        finally:
            Socket.count -= 1

    async def _live(self) -> Code | None:
        """Why it ended; None when the client left."""
        try:
            self.credential = await self._sign_in()
            self._end_with(self.credential.ends_at)
            try:
                await self.opened()
                return await self._first_of(self._read(), self._write(), self._beat())
            finally:
                await self.closed()
        except Closed as closed:
            return closed.code
        except AWAY:
            return Code.TRY_LATER
        except Exception:
            logger.exception("A socket has failed")
            return Code.FAILED

    async def _first_of(self, *work: Coroutine[Any, Any, None]) -> Code:
        """Run until something ends or `end` is called. Raises what a part raised."""
        tasks = [asyncio.ensure_future(each) for each in work]
        every: list[asyncio.Future[Any]] = [*tasks, self._ending]
        try:
            done, _rest = await asyncio.wait(every, return_when=asyncio.FIRST_COMPLETED)
            for each in done - {self._ending}:
                each.result()
            return self._ending.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _end_with(self, ends_at: datetime | None) -> None:
        if ends_at is not None:
            left = max(0.0, (ends_at - timezone.now()).total_seconds())
            loop = asyncio.get_running_loop()
            timer = loop.call_later(left, self.end, Code.NOT_SIGNED_IN)
            self._ending.add_done_callback(lambda _ending: timer.cancel())

    async def _sign_in(self) -> Credential:
        """By a header, by the cookie that came with an allowed origin, or by a first message."""
        name, token = self._handshake.session_name, self._handshake.token
        if token is not None:
            credential = await in_database(token_credential, token)
        elif self._handshake.origin is not None and name:
            credential = await in_database(session_credential, name)
        else:
            credential = await in_database(token_credential, await self._token())
        if credential is None:
            raise Closed(Code.NOT_SIGNED_IN)
        return credential

    async def _token(self) -> str:
        try:
            async with asyncio.timeout(SIGN_IN_SECONDS):
                message = _object(await self._text())
        except (TimeoutError, APIException):
            raise Closed(Code.NOT_SIGNED_IN) from None
        token = message.get("token")
        if message.get("action") != "authenticate" or not isinstance(token, str):
            raise Closed(Code.NOT_SIGNED_IN)
        return token

    async def _text(self) -> str | None:
        """The next text; None for a binary frame. Raises Closed when the client has left."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Closed(None)
        self._heard_at = time.monotonic()
        text: str | None = message.get("text")
        if len(text or message.get("bytes") or "") > MOST_CHARACTERS:
            raise Closed(Code.TOO_LARGE)
        return text

    async def _read(self) -> None:
        while True:
            text = await self._text()
            request_id: Any = None
            try:
                message = _object(text)
                request_id, action = message.get("requestId"), message.get("action")
                is_known = isinstance(action, str) and (
                    action in {"pong", "authenticate"} or await self.take(action, message)
                )
            except APIException as error:
                self._mistake(error_parts(error)[1], None)
                continue
            if not is_known:
                facts = {"error": self._unknown(), "code": "unknown_action"}
                self._mistake(facts, request_id if isinstance(request_id, str) else None)

    def _unknown(self) -> str:
        with translation.override(self.language):
            return _("This socket does not know that action.")

    def _mistake(self, facts: dict[str, Any], request_id: str | None) -> None:
        self._mistakes += 1
        if self._mistakes > MOST_MISTAKES:
            raise Closed(Code.NOT_UNDERSTOOD)
        self.say(
            "error",
            {"error": facts["error"], "code": facts["code"], "retryable": False},
            request_id=request_id,
        )

    async def _write(self) -> None:
        while True:
            await self.deliver(await self._outgoing.get())

    async def deliver(self, text: str) -> None:
        """Send a text at the pace of whoever reads it. Raises Closed once nobody does."""
        async with self._turn:
            # Watched by `_beat`: a timer for each message would cost more than the message.
            self._sending_since = time.monotonic()
            try:
                await self._raw_send({"type": "websocket.send", "text": text})
            except (OSError, RuntimeError):
                # The server's way to say that nobody is there any more.
                raise Closed(None) from None
            finally:
                self._sending_since = None

    async def _beat(self) -> None:
        """Find peers that went without a word, or that do not read."""
        ping_at = time.monotonic() + PING_SECONDS
        while True:
            await asyncio.sleep(min(PING_SECONDS, SEND_SECONDS / 4))
            now = time.monotonic()
            is_stuck = self._sending_since is not None and now - self._sending_since > SEND_SECONDS
            if is_stuck or now - self._heard_at > SILENCE_SECONDS:
                raise Closed(Code.TOO_SLOW)
            if now >= ping_at:
                ping_at = now + PING_SECONDS
                self.say("ping", {})

    def _framed(self, event: str, data: Any, about: str | None, request_id: str | None) -> str:
        self._sent += 1
        frame = {"event": event, "seq": self._sent, "id": about, "requestId": request_id}
        return json.dumps({**frame, "data": data}, ensure_ascii=False, separators=(",", ":"))

    async def _close(self, code: Code | None) -> None:
        if code is None:
            return
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            async with asyncio.timeout(1):
                await self._raw_send({"type": "websocket.close", "code": int(code)})


def _object(text: str | None) -> dict[str, Any]:
    """A JSON object. Raises ParseError or ValidationError."""
    value = parse_json((text or "").encode("utf-8", "surrogatepass"))
    return value if isinstance(value, dict) else {}
