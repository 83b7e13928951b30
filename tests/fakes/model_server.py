"""A model server of our own: speaks Chat Completions' streaming, and follows a script.

Source: https://platform.openai.com/docs/api-reference/chat-streaming
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

HEAD = "HTTP/1.1 {status}\r\nConnection: close\r\n{more}\r\n"


@dataclass
class Script:
    """What the next requests are answered; `gap_seconds` lie between two pieces."""

    pieces: tuple[str, ...] = ("Clay ", "remembers ", "the hand.")
    gap_seconds: float = 0.0
    first_gap_seconds: float = 0.0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    finish_reason: str | None = "stop"
    usage: dict[str, Any] | None = field(
        default_factory=lambda: {"prompt_tokens": 20, "completion_tokens": 5}
    )
    has_done: bool = True
    # Sent as they are, behind the pieces: a broken chunk, an error object.
    raw_tail: bytes = b""
    is_cut: bool = False
    newline: bytes = b"\n"


@dataclass
class Seen:
    """One request: its body, its headers, and whether the client left before the end."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    has_left: bool = False
    is_finished: bool = False


class ModelServer:
    """Listens on 127.0.0.1 from a thread with an event loop of its own."""

    def __init__(self) -> None:
        self.script = Script()
        self.by_model: dict[str, Script] = {}
        self.requests: list[Seen] = []
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
        try:
            seen = await _read_request(reader)
            self.requests.append(seen)
            script = self.by_model.get(str(seen.body.get("model")), self.script)
            talking = asyncio.ensure_future(self._talk(script, writer))
            leaving = asyncio.ensure_future(reader.read(1))
            await asyncio.wait({talking, leaving}, return_when=asyncio.FIRST_COMPLETED)
            seen.is_finished = talking.done()
            # A script that cuts the connection is not a client that left.
            seen.has_left = not talking.done()
            for task in (talking, leaving):
                task.cancel()
            await asyncio.gather(talking, leaving, return_exceptions=True)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(self, script: Script, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(script.first_gap_seconds)
        if script.error is not None or script.status >= 400:
            _refuse(script, writer)
            await writer.drain()
            return
        more = "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
        writer.write(HEAD.format(status="200 OK", more=more).encode())
        for position, piece in enumerate(script.pieces):
            if position:
                await asyncio.sleep(script.gap_seconds)
            await _send(writer, _event(script, {"choices": [_delta(piece)]}))
        await asyncio.sleep(script.gap_seconds)
        if script.raw_tail:
            await _send(writer, script.raw_tail)
        if script.is_cut:
            writer.transport.abort()
            return
        await _send(writer, _ending(script))
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _read_request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    pairs = (line.split(": ", 1) for line in lines if ": " in line)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(first.split(" ")[1], headers, json.loads(body or b"{}"))


def _refuse(script: Script, writer: asyncio.StreamWriter) -> None:
    body = json.dumps({"error": script.error or {"message": "no", "code": None}}).encode()
    headers = {"Content-Type": "application/json", "Content-Length": len(body), **script.headers}
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(HEAD.format(status=f"{script.status} X", more=more).encode() + body)


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    if data:
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await writer.drain()


def _event(script: Script, data: dict[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False).encode()
    return b"data: " + text + script.newline * 2


def _delta(piece: str) -> dict[str, Any]:
    return {"index": 0, "delta": {"content": piece}, "finish_reason": None}


def _ending(script: Script) -> bytes:
    sent = b""
    if script.finish_reason is not None:
        last = {"index": 0, "delta": {}, "finish_reason": script.finish_reason}
        sent += _event(script, {"choices": [last]})
    if script.usage is not None:
        sent += _event(script, {"choices": [], "usage": script.usage})
    if script.has_done:
        sent += b"data: [DONE]" + script.newline * 2
    return sent


@contextlib.contextmanager
def running_model_server() -> Iterator[ModelServer]:
    """One for a block."""
    server = ModelServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
