"""A client of `/ws/ai` at a real server."""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.described import check_frame

PATIENCE_SECONDS = 20.0


@dataclass
class Talk:
    """An open socket and what it was told."""

    socket: ClientConnection
    heard: list[dict[str, Any]] = field(default_factory=list)

    def say(self, action: str, **body: Any) -> None:
        """Send a message."""
        self.socket.send(json.dumps({"action": action, **body}))

    def next(self, timeout: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The next event, which the description knows. Raises TimeoutError."""
        event: dict[str, Any] = json.loads(self.socket.recv(timeout))
        assert set(event) == {"event", "seq", "id", "requestId", "data"}
        if event["seq"] is not None:
            check_frame(event["event"], event["data"])
        self.heard.append(event)
        return event

    def until(self, name: str, request_id: str | None = None) -> dict[str, Any]:
        """The next event of a kind, of one request where that is named."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = self.next(max(0.01, deadline - time.monotonic()))
            if found["event"] == name and request_id in {None, found["requestId"]}:
                return found

    def frames(self, request_id: str) -> list[tuple[int, str, dict[str, Any]]]:
        """(number, event, data) of what one request was told so far."""
        return [
            (each["seq"], each["event"], each["data"])
            for each in self.heard
            if each["requestId"] == request_id
        ]

    def text(self, request_id: str) -> str:
        """What is on the screen."""
        text = ""
        for _number, event, data in self.frames(request_id):
            text = data["text"] if event == "snapshot" else text + data.get("text", "")
        return text

    def code(self) -> int:
        """How the server closes it."""
        try:
            while True:
                self.next()
        except ConnectionClosed as closed:
            return int(closed.rcvd.code) if closed.rcvd else 1006


@contextlib.contextmanager
def talking(port: int, token: str, *, by_header: bool = False, **how: Any) -> Iterator[Talk]:
    """Signed in by a token."""
    headers = {"Authorization": f"Bearer {token}"} if by_header else None
    url = f"ws://127.0.0.1:{port}/ws/ai"
    with connect(url, additional_headers=headers, **how) as socket:
        talk = Talk(socket)
        if not by_header:
            talk.say("authenticate", token=token)
        yield talk
