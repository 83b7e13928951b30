"""Where a web process receives news from the channel layer and hands them to its sockets."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any, Protocol

from channels.layers import get_channel_layer

from api.closing import Closed, Code
from api.courier import AWAY, courier, group_of
from api.credentials import Credential
from api.errors import AWAY as DATABASE_AWAY
from api.newsdesk import Look, in_database, look, topics_with_state

logger = logging.getLogger("huntaze.news")

MOST_PER_PERSON = 20
# A message to ourselves, there and back: the only sign that the way is open.
PULSE_SECONDS = 2.0
LOST_SECONDS = 7.0
LAYER_SECONDS = 3.0
LOOK_EVERY_SECONDS = 60.0


class Listener(Protocol):
    """A socket, as the newsroom sees it."""

    credential: Credential

    def hear(self, event: str, data: Any, about: str | None, request_id: str | None) -> None:
        """Take news; never waits."""

    def end(self, code: Code) -> None:
        """Close soon."""

    def wind_up(self) -> None:
        """Close when all was said; whoever does not is ended a little later."""


class Person:
    """The sockets of one person here, and the state that they were told last."""

    def __init__(self, user_id: str) -> None:
        self.id = user_id
        self.listeners: set[Listener] = set()
        self.state: dict[str, Any] = {}
        self.wanted: set[str] = set()
        self.looking: asyncio.Task[None] | None = None
        self.look_at = time.monotonic() + LOOK_EVERY_SECONDS

    def tell(self, event: str, data: Any, about: str | None, request_id: str | None) -> None:
        """Every socket hears it."""
        for listener in list(self.listeners):
            listener.hear(event, data, about, request_id)


class Newsroom:
    """One of this process and loop."""

    def __init__(self) -> None:
        self._layer: Any = get_channel_layer()
        self._channel = ""
        self._people: dict[str, Person] = {}
        self._lock = asyncio.Lock()
        self._heard_at = time.monotonic()
        self._is_lost = False
        self._is_winding_up = False

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Newsroom"]:
        """Receive until the context ends."""
        work = (self._listen(), self._pulse(), self._look_after())
        tasks = [asyncio.ensure_future(each) for each in work]
        try:
            with courier.on(asyncio.get_running_loop()):
                yield self
        finally:
            self.end_all()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def wind_up(self) -> None:
        """The server is about to stop: nobody new, and whoever has nothing to wait for goes."""
        self._is_winding_up = True
        for listener in self._listeners():
            listener.wind_up()

    def end_all(self) -> None:
        """The server stops: clients come back to another, or to the next."""
        for listener in self._listeners():
            listener.end(Code.GOING_AWAY)

    def _listeners(self) -> list[Listener]:
        return [each for person in self._people.values() for each in person.listeners]

    async def join(self, listener: Listener, *, is_told_state: bool = True) -> None:
        """Let a socket hear, and greet it with the state. Raises Closed."""
        if self._is_winding_up:
            raise Closed(Code.GOING_AWAY)
        user_id = listener.credential.user_id
        person = self._people.setdefault(user_id, Person(user_id))
        is_bounded = not listener.credential.is_unthrottled
        if is_bounded and len(person.listeners) >= MOST_PER_PERSON:
            raise Closed(Code.TOO_MANY)
        person.listeners.add(listener)
        try:
            async with asyncio.timeout(LAYER_SECONDS), self._lock:
                if not self._channel:
                    raise Closed(Code.TRY_LATER)
                await self._layer.group_add(group_of(user_id), self._channel)
        except AWAY:
            raise Closed(Code.TRY_LATER) from None
        # Behind the subscription, so that nothing can happen between the two unseen.
        topics = topics_with_state() if is_told_state else frozenset[str]()
        found = await in_database(look, user_id, [listener.credential], topics)
        if found.dead:
            raise Closed(Code.NOT_SIGNED_IN)
        person.state = {**person.state, **found.state}
        listener.hear("hello", found.state, None, None)

    async def leave(self, listener: Listener) -> None:
        """Forget a socket, whether it had joined or not."""
        person = self._people.get(listener.credential.user_id)
        if person is None:
            return
        person.listeners.discard(listener)
        if person.listeners:
            return
        with contextlib.suppress(*AWAY):
            async with asyncio.timeout(LAYER_SECONDS), self._lock:
                # Somebody may have come while we waited.
                if not person.listeners and self._people.get(person.id) is person:
                    del self._people[person.id]
                    await self._layer.group_discard(group_of(person.id), self._channel)

    async def _listen(self) -> None:
        while True:
            try:
                if not self._channel:
                    async with asyncio.timeout(LAYER_SECONDS):
                        self._channel = await self._layer.new_channel()
                self._take(await self._layer.receive(self._channel))
                # A backlog comes without a pause: those who write it out need their turn.
                await asyncio.sleep(0)
            except AWAY:
                self._lose()
                await asyncio.sleep(1)
            except Exception:
                logger.exception("News could not be handed on")
                await asyncio.sleep(1)

    def _take(self, message: dict[str, Any]) -> None:
        if message["kind"] == "pulse":
            self._heard_at = time.monotonic()
            self._find_again()
            return
        person = self._people.get(message["user"])
        if person is None:
            return
        topic = message.get("topic", "credentials")
        if message.get("data") is None:
            self._want(person, [topic])
        else:
            person.tell(topic, message["data"], message["id"], message["requestId"])

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            try:
                async with asyncio.timeout(LAYER_SECONDS):
                    if self._channel:
                        await self._layer.send(self._channel, {"kind": "pulse"})
            except AWAY:
                self._lose()
            if time.monotonic() - self._heard_at > LOST_SECONDS:
                self._lose()

    def _lose(self) -> None:
        if not self._is_lost:
            logger.warning("News do not come through; sockets stay open and catch up later")
        self._is_lost = True

    def _find_again(self) -> None:
        """After an outage everybody hears the state again: nobody knows what was lost."""
        if self._is_lost:
            self._is_lost = False
            logger.warning("News come through again")
            for person in self._people.values():
                self._want(person, ["credentials", "hello"])

    async def _look_after(self) -> None:
        """Now and then, look whether credentials hold and whether something was missed."""
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            for person in self._people.values():
                if now >= person.look_at:
                    person.look_at = now + LOOK_EVERY_SECONDS
                    self._want(person, ["credentials", "hello"])

    def _want(self, person: Person, topics: Iterable[str]) -> None:
        """Look soon; what is wanted meanwhile is one more look, however often."""
        person.wanted.update(topics)
        if person.looking is None or person.looking.done():
            person.looking = asyncio.ensure_future(self._look(person))

    async def _look(self, person: Person) -> None:
        while person.wanted:
            wanted, person.wanted = person.wanted, set()
            known = topics_with_state()
            credentials = {each.credential for each in person.listeners}
            topics = known if "hello" in wanted else wanted & known
            try:
                found = await in_database(look, person.id, credentials, topics)
            except DATABASE_AWAY as error:
                logger.warning("The state of news could not be read: %s", error)
                return
            except Exception:
                logger.exception("The state of news could not be read")
                return
            self._spread(person, found, wanted)

    def _spread(self, person: Person, found: Look, wanted: set[str]) -> None:
        for listener in list(person.listeners):
            if listener.credential in found.dead:
                person.listeners.discard(listener)
                listener.end(Code.NOT_SIGNED_IN)
        changed = {**person.state, **found.state} != person.state
        person.state = {**person.state, **found.state}
        if "hello" in wanted:
            if changed:
                person.tell("hello", person.state, None, None)
            return
        for topic, data in found.state.items():
            person.tell(topic, data, None, None)


_newsrooms: dict[asyncio.AbstractEventLoop, Newsroom] = {}


@contextlib.asynccontextmanager
async def open_newsroom() -> AsyncIterator[Newsroom]:
    """The newsroom of this loop, for as long as the server runs."""
    loop = asyncio.get_running_loop()
    async with Newsroom().running() as room:
        _newsrooms[loop] = room
        try:
            yield room
        finally:
            del _newsrooms[loop]


def wind_up_news() -> None:
    """Close the sockets of this process that have nothing to wait for, and let nobody in."""
    for room in _newsrooms.values():
        room.wind_up()


def end_news() -> None:
    """Close every socket of this process: the server waits for them before it stops."""
    for room in _newsrooms.values():
        room.end_all()


def newsroom() -> Newsroom:
    """The one of this loop. Raises Closed where none is open."""
    try:
        return _newsrooms[asyncio.get_running_loop()]
    except KeyError:
        raise Closed(Code.TRY_LATER) from None
