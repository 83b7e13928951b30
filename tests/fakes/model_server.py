"""A model server of our own: streams as OpenAI, Azure or Anthropic do, and follows a script."""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.fakes.dialects import AnthropicDialect, OpenAIDialect, Script, dialect_of

__all__ = ("ModelServer", "Script", "Seen", "running_model_server")

HEAD = "HTTP/1.1 {status}\r\nConnection: {then}\r\n{more}\r\n"


@dataclass
class Seen:
    """One request: its body, its headers, and whether the client left before the end, and when."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    has_left: bool = False
    # By the monotonic clock of this process; 0 until then.
    left_at: float = 0.0
    is_finished: bool = False


class ModelServer:
    """Listens on 127.0.0.1 from a thread with an event loop of its own."""

    def __init__(self) -> None:
        self.script = Script()
        self.by_model: dict[str, Script] = {}
        # What a request is answered that has these words in it.
        self.by_words: dict[str, Script] = {}
        self.requests: list[Seen] = []
        self.connections = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """The base URL for an OpenAI client."""
        return f"http://127.0.0.1:{self.port}/v1"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._answer, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        self._started.wait(5)

    def stop(self) -> None:
        """End, with whatever is open."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._answer_one(reader, writer):
                """The connection is kept for another."""
        writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        seen = await _read_request(reader)
        self.requests.append(seen)
        script = self._script_for(seen)
        talking = asyncio.ensure_future(_talk(script, dialect_of(seen.path), writer))
        leaving = asyncio.ensure_future(reader.read(1))
        await asyncio.wait({talking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        seen.is_finished = talking.done()
        seen.left_at = time.monotonic()
        # A script that cuts the connection is not a client that left.
        seen.has_left = not talking.done()
        for task in (talking, leaving):
            task.cancel()
        await asyncio.gather(talking, leaving, return_exceptions=True)
        return script.is_kept and seen.is_finished

    def _script_for(self, seen: Seen) -> Script:
        for words, script in self.by_words.items():
            if words in json.dumps(seen.body):
                return script
        return self.by_model.get(str(seen.body.get("model")), self.script)


async def _talk(
    script: Script, dialect: OpenAIDialect | AnthropicDialect, writer: asyncio.StreamWriter
) -> None:
    await asyncio.sleep(script.first_gap_seconds)
    then = "keep-alive" if script.is_kept else "close"
    if script.error is not None or script.status >= 300:
        body = json.dumps(dialect.refusal(script)).encode()
        headers = {"Content-Type": "application/json", "Content-Length": len(body)}
        more = "".join(
            f"{key}: {value}\r\n" for key, value in {**headers, **script.headers}.items()
        )
        head = HEAD.format(status=f"{script.status} X", then=then, more=more)
        writer.write(head.encode() + body)
        await writer.drain()
        return
    more = "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    writer.write(HEAD.format(status="200 OK", then=then, more=more).encode())
    await _send(writer, dialect.opening(script))
    for position, piece in enumerate(script.pieces):
        if position:
            await asyncio.sleep(script.gap_seconds)
        await _send(writer, dialect.piece(script, piece))
    await asyncio.sleep(script.gap_seconds)
    await _send(writer, script.raw_tail)
    if script.is_cut:
        writer.transport.abort()
        return
    await _send(writer, dialect.ending(script))
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _read_request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    pairs = (line.split(": ", 1) for line in lines if ": " in line)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(first.split(" ")[1], headers, json.loads(body or b"{}"))


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    if data:
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await writer.drain()


@contextlib.contextmanager
def running_model_server() -> Iterator[ModelServer]:
    """One for a block."""
    server = ModelServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
