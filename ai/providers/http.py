"""What every provider over HTTP shares: connections, deadlines, events, errors.

aiohttp carries the bytes; the events are split and decoded here, since per-chunk models of the
vendors' SDKs cost more CPU than the tokens are worth (docs/decisions/0014-one-client.md).
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

import aiohttp
import msgspec
from yarl import URL

from ai.providers.base import (
    Accepted,
    Delta,
    ErrorKind,
    Finished,
    Item,
    ModelRequest,
    ProviderError,
    Usage,
)
from ai.providers.refusals import refusal

logger = logging.getLogger("huntaze.ai")

# What no honest provider sends: one event of a megabyte, more tokens than a column holds.
MAX_EVENT_BYTES = 1024 * 1024
MAX_REFUSAL_BYTES = 64 * 1024
MAX_TOKENS = 2**31 - 1
# Room for AI_MAX_STREAMS at once.
MAX_CONNECTIONS = 4_000
KEEP_ALIVE_SECONDS = 30.0
# Behind the last event only the end of the chunks can come; with it the connection is used again.
TAIL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each part of an answer may take, in seconds."""

    connect: float = 5.0
    first_token: float = 60.0
    gap: float = 30.0
    whole: float = 600.0
    refusal: float = 5.0


def proxy_for(address: str) -> str | None:
    """The proxy that the environment names for an address, as the vendors' own SDKs use it.

    aiohttp's `trust_env` would look for it, and for a .netrc, at every request.
    """
    url = URL(address)
    return None if proxy_bypass(url.host or "") else getproxies().get(url.scheme)


class Reading(ABC):
    """One answer as it is read: what its events add up to."""

    def __init__(self) -> None:
        self.reason = ""
        self.usage: Usage | None = None
        self.is_over = False

    @abstractmethod
    def take(self, data: bytes) -> str:
        """The text in an event's data, often none. Raises ProviderError for an error event."""


class HttpProvider(ABC):
    """A provider that streams server-sent events. One client per process and event loop."""

    def __init__(
        self, *, name: str, api_key: str, base_url: str, patience: Patience | None = None
    ) -> None:
        self.name = name
        self.patience = patience or Patience()
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession]
        self._sessions = WeakKeyDictionary()

    @abstractmethod
    def _headers(self, api_key: str) -> dict[str, str]:
        """How this vendor wants the key."""

    @abstractmethod
    def _url(self, request: ModelRequest) -> str:
        """Where it is asked."""

    @abstractmethod
    def _body(self, request: ModelRequest) -> Mapping[str, Any]:
        """What it is asked."""

    @abstractmethod
    def _reading(self) -> Reading:
        """A reading of its events, from the start."""

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None:
            # Proxies that the environment names are used, as by the vendors' own SDKs.
            session = self._sessions[loop] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=MAX_CONNECTIONS, keepalive_timeout=KEEP_ALIVE_SECONDS
                ),
                timeout=aiohttp.ClientTimeout(total=None, connect=self.patience.connect),
                headers={
                    "Content-Type": "application/json",
                    "Accept": "text/event-stream",
                    "Accept-Encoding": "identity",
                    **self._headers(self._api_key),
                },
                cookie_jar=aiohttp.DummyCookieJar(),
                proxy=proxy_for(self._base_url),
            )
        return session

    async def aclose(self) -> None:
        """Close the connections."""
        if session := self._sessions.pop(asyncio.get_running_loop(), None):
            await session.close()

    async def stream(self, request: ModelRequest) -> AsyncIterator[Item]:
        """The answer as it is written, then Finished. Raises ProviderError.

        No deadline stands while the caller has the word: it would end in the caller's code.
        """
        clock = asyncio.get_running_loop().time
        latest = clock() + self.patience.whole
        due = min(clock() + self.patience.first_token, latest)
        reading, events, has_text = self._reading(), Events(), False
        response = None
        try:
            with self._named_errors():
                async with asyncio.timeout_at(due):
                    response = await self._open(request)
            given_at = clock()
            yield Accepted()
            due = min(due + clock() - given_at, latest)
            while not reading.is_over:
                with self._named_errors():
                    async with asyncio.timeout_at(due):
                        data = await response.content.readany()
                items, error = _take(reading, events, data)
                given_at = clock()
                for item in items:
                    yield item
                if any(isinstance(item, Delta) for item in items):
                    has_text = True
                    due = min(clock() + self.patience.gap, latest)
                elif items:
                    due = min(due + clock() - given_at, latest)
                if error is not None:
                    raise error
                if not data:
                    break
            yield _end(reading, has_text=has_text)
            with suppress(TimeoutError, aiohttp.ClientError, OSError):
                async with asyncio.timeout(TAIL_SECONDS):
                    await response.content.readany()
        finally:
            # What has been read to its end has given its connection back; any other is cut here.
            if response is not None:
                response.close()

    async def _open(self, request: ModelRequest) -> aiohttp.ClientResponse:
        response = await self._session().post(
            URL(self._url(request), encoded=True),
            data=msgspec.json.encode(self._body(request)),
            # Whoever sends us elsewhere is not told the key.
            allow_redirects=False,
        )
        if response.status == HTTPStatus.OK:
            return response
        try:
            body = b""
            with suppress(TimeoutError, aiohttp.ClientError):
                async with asyncio.timeout(self.patience.refusal):
                    while (more := await response.content.readany()) and len(body) < (
                        MAX_REFUSAL_BYTES
                    ):
                        body += more
            raise refusal(response.status, response.headers, body)
        finally:
            response.close()

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """What goes wrong on the wire, by its kind; addresses stay out of logs and answers."""
        try:
            yield
        except aiohttp.ServerTimeoutError:
            raise ProviderError(ErrorKind.NETWORK) from None
        except TimeoutError:
            raise ProviderError(ErrorKind.TIMEOUT) from None
        except (aiohttp.ClientError, OSError) as error:
            logger.info("%s cannot be reached: %s", self.name, type(error).__name__)
            raise ProviderError(ErrorKind.NETWORK) from None


class Events:
    """Splits bytes into the data of server-sent events (WHATWG HTML, section 9.2)."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data that is whole by now; an empty chunk is the end. Raises ProviderError."""
        *lines, rest = (self._rest + (chunk or b"\n")).split(b"\n")
        if len(rest) > MAX_EVENT_BYTES:
            raise ProviderError(ErrorKind.SERVER)
        self._rest = rest
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip()


def _take(
    reading: Reading, events: Events, chunk: bytes
) -> tuple[list[Item], ProviderError | None]:
    """What has arrived, and the error behind it: what came before one counts.

    Of several counts of tokens only the last is told, between the text that it is of and the rest.
    """
    counted: list[str] = []
    pieces: list[str] = []
    error, told, is_news = None, reading.usage, False
    try:
        for data in events.feed(chunk):
            pieces.append(reading.take(data))
            if reading.usage is not told:
                told = reading.usage
                counted += pieces
                pieces = []
                is_news = True
            if reading.is_over:
                break
    except ProviderError as found:
        error = found
    items: list[Item] = [*_delta(counted)]
    if is_news and told is not None:
        items.append(told)
    return [*items, *_delta(pieces)], error


def _delta(pieces: list[str]) -> list[Delta]:
    """One or none. (PostgreSQL cannot hold a NUL.)"""
    text = "".join(pieces).replace("\x00", "")
    return [Delta(text)] if text else []


def _end(reading: Reading, *, has_text: bool) -> Finished:
    if not reading.reason:
        # The connection closed in the middle of a sentence and called it an end.
        raise ProviderError(ErrorKind.NETWORK)
    if reading.reason in {"content_filter", "refusal"} and not has_text:
        raise ProviderError(ErrorKind.CONTENT_FILTER)
    return Finished(reading.reason, reading.usage)


def decode_event[Event](decode: Callable[[bytes], Event], data: bytes) -> Event:
    """An event that is what it should be. Raises ProviderError, without what the vendor sent."""
    try:
        return decode(data)
    except (msgspec.MsgspecError, ValueError):
        raise ProviderError(ErrorKind.SERVER) from None


def count(tokens: int | None) -> int | None:
    """A count that can be stored; one that makes no sense is unknown."""
    return tokens if tokens is not None and 0 <= tokens <= MAX_TOKENS else None
