"""A client of `/ws/live` at a real server, and commands beside it."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from huntaze.env import BASE_DIR
from tests.live import environment
from tests.server.conftest import Scene

PATIENCE_SECONDS = 20.0


@dataclass
class Ear:
    """An open socket and what it has heard."""

    socket: ClientConnection
    heard: list[dict[str, Any]] = field(default_factory=list)

    def next(self, timeout: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The next event. Raises TimeoutError."""
        event: dict[str, Any] = json.loads(self.socket.recv(timeout))
        self.heard.append(event)
        return event

    def until(self, event: str) -> dict[str, Any]:
        """The data of the next event of a kind."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = self.next(max(0.01, deadline - time.monotonic()))
            if found["event"] == event:
                data: dict[str, Any] = found["data"]
                return data

    def is_quiet(self, seconds: float = 0.5) -> bool:
        """Whether nothing comes for a moment."""
        try:
            self.next(seconds)
        except TimeoutError:
            return True
        return False

    def code(self) -> int:
        """How the server closes it."""
        try:
            while True:
                self.next()
        except ConnectionClosed as closed:
            return int(closed.rcvd.code) if closed.rcvd else 1006


@contextlib.contextmanager
def listening(port: int, token: str, *, most_unread: int | None = 16) -> Iterator[Ear]:
    """Signed in by a token, and greeted. Beyond so many events, the socket is left unread."""
    with connect(f"ws://127.0.0.1:{port}/ws/live", max_queue=most_unread) as socket:
        ear = Ear(socket)
        socket.send(json.dumps({"action": "authenticate", "token": token}))
        ear.until("hello")
        yield ear


def token_of(scene: Scene) -> str:
    return scene.alice.headers["Authorization"].removeprefix("Bearer ")


def manage(facts: Mapping[str, str], *command: str) -> None:
    """A command beside the server."""
    whole = [sys.executable, "manage.py", *command]
    subprocess.run(whole, cwd=BASE_DIR, env=environment(facts, 0), check=True, capture_output=True)
