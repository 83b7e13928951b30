"""`/ws/ai`: generations over a WebSocket, another window onto the same log (docs/streams.md)."""

import asyncio
import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated, ValidationError

from ai import engine
from ai.asked import ASKING, MOST_FRAMES, asked_of_model, own_generation, position
from ai.database import in_database
from ai.stream.follow import follow
from ai.twins import AlreadyOpened
from ai.views import as_api_error
from api.closing import Closed, Code
from api.errors import ApiError, error_parts
from api.newsroom import newsroom
from api.requestid import work_under
from api.sockets import Socket

logger = logging.getLogger("huntaze.ai")

# At once, of one socket. What follows is a place in a log, and no more.
MOST_FOLLOWED = 20
MOST_ASKED = 40
MOST_REQUEST_ID = 128

type Act = Callable[[dict[str, Any], str | None], Awaitable[None]]


class AiSocket(Socket):
    """Asks models and follows what they write; leaving stops nothing."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._tasks: set[asyncio.Task[None]] = set()
        self._followed: dict[UUID, object] = {}
        self._is_winding_up = False
        self._actions: dict[str, tuple[Act, int]] = {
            **dict.fromkeys(ASKING, (self._generate, MOST_FOLLOWED)),
            "resume": (self._resume, MOST_FOLLOWED),
            "cancel": (self._cancel, MOST_ASKED),
        }

    async def opened(self) -> None:
        """Be among the person's sockets: closed with their session or token, and bounded."""
        translation.activate(self.language)
        await newsroom().join(self, is_told_state=False)

    async def closed(self) -> None:
        """Follow no more; what is being written is written."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await newsroom().leave(self)

    def hear(self, event: str, data: Any, about: str | None, request_id: str | None) -> None:
        """News are for `/ws/live`."""

    async def take(self, action: str, message: dict[str, Any]) -> bool:
        """Begin to do what is asked; the next message need not wait for it."""
        if action not in self._actions:
            return False
        request_id = message.get("requestId")
        if request_id is not None and not _is_name(request_id):
            sentence = _("A requestId is a text of at most %(most)d characters.")
            raise ValidationError({"requestId": [sentence % {"most": MOST_REQUEST_ID}]})
        act, most = self._actions[action]
        if len(self._tasks) >= most:
            self._refuse(_too_many(), request_id)
            return True
        task = asyncio.ensure_future(self._do(act, message, request_id))
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return True

    def wind_up(self) -> None:
        """Texts that are followed end within seconds, and that is told; then the socket ends."""
        self._is_winding_up = True
        if not self._tasks:
            self.end(Code.GOING_AWAY)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._is_winding_up and not self._tasks:
            self.end(Code.GOING_AWAY)

    async def _do(self, act: Act, message: dict[str, Any], request_id: str | None) -> None:
        work_under(uuid.uuid4().hex)
        try:
            await act(message, request_id)
        except Closed as closed:
            if closed.code is not None:
                self.end(closed.code)
        except NotAuthenticated:
            self.end(Code.NOT_SIGNED_IN)
        except Exception as error:  # noqa: BLE001  (what is unforeseen is logged, and ends it)
            self._refuse(error, request_id)

    def _refuse(self, error: Exception, request_id: str | None) -> None:
        """Say what the API would answer."""
        known = Http404() if isinstance(error, ObjectDoesNotExist) else error
        try:
            status, facts, headers = error_parts(known)
        except Exception:
            logger.exception("What a socket asked for has failed")
            self.end(Code.FAILED)
            return
        facts.pop("requestId", None)
        if wait := headers.get("Retry-After"):
            facts["retryAfterSeconds"] = int(wait)
        is_retryable = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
        self.say("error", {**facts, "retryable": is_retryable}, request_id=request_id)

    def _framed(self, event: str, data: Any, about: str | None, request_id: str | None) -> str:
        """What belongs to no log has no number."""
        facts = {"event": event, "seq": None, "id": about, "requestId": request_id, "data": data}
        return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))

    async def _generate(self, message: dict[str, Any], request_id: str | None) -> None:
        asked = await in_database(asked_of_model, self.credential, message)
        try:
            job = await engine.start(
                user=asked.user, ask=asked.ask, is_unlimited=asked.is_unlimited, key=asked.key
            )
            generation_id = job.id
        except AlreadyOpened as twin:
            generation_id = twin.generation_id
        except Exception as error:
            raise as_api_error(error) or error from error
        await self._follow(generation_id, 0, request_id)

    async def _resume(self, message: dict[str, Any], request_id: str | None) -> None:
        after = position(message.get("after", 0))
        named = message.get("id")
        found = await in_database(own_generation, self.credential, named, method="GET")
        await self._follow(found, after, request_id)

    async def _cancel(self, message: dict[str, Any], request_id: str | None) -> None:
        named = message.get("id")
        found = await in_database(own_generation, self.credential, named, method="POST")
        await engine.cancel(found)
        if found not in self._followed:
            # Only how it ended.
            await self._follow(found, MOST_FRAMES, request_id)

    async def _follow(self, generation_id: UUID, after: int, request_id: str | None) -> None:
        """Send the frames at the client's pace; who asks again is told by the newer request."""
        mine = self._followed[generation_id] = object()
        about = f'"id":"{generation_id}","requestId":{json.dumps(request_id)}'
        try:
            async with aclosing(follow(generation_id, after)) as batches:  # type: ignore[type-var]
                async for frames in batches:
                    # (Not cancelled from outside: a send that is cut in two ends the socket.)
                    if self._followed.get(generation_id) is not mine:
                        return
                    for each in frames:
                        await self.deliver(each.as_message(about))
        finally:
            if self._followed.get(generation_id) is mine:
                del self._followed[generation_id]


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MOST_REQUEST_ID


def _too_many() -> ApiError:
    message = _("This connection follows too many texts at once. Wait for one to end.")
    return ApiError(message, status=HTTPStatus.SERVICE_UNAVAILABLE, code="overloaded")
