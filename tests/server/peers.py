"""A model server that others made: aimock, of npm.

Source: https://aimock.copilotkit.dev/fixtures, https://aimock.copilotkit.dev/chaos-testing
"""

import contextlib
import json
import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from huntaze.launch import node
from huntaze.launch.paths import ROOT
from huntaze.launch.ports import free_port
from huntaze.launch.processes import Child

PATIENCE_SECONDS = 30.0


class Peer:
    """aimock in a process of its own, told what to answer over its control API."""

    def __init__(self, folder: Path) -> None:
        """`folder` is for its log and for the fixtures that it wants to begin with."""
        self.port = free_port()
        self._log = folder / "aimock.log"
        self._first = folder / "none.json"
        self._first.write_text(json.dumps({"fixtures": [answering("", model="nobody")]}))
        self._child: Child | None = None

    def ensure(self) -> None:
        """Run it, if it does not."""
        if self._child is not None and self._child.status() is None:
            return
        program = str(node.modules(node.PEERS) / ".bin" / "llmock")
        command = [node.node(), program, "--fixtures", str(self._first)]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
        self._child = Child("aimock", command, env=environment, cwd=ROOT, log=self._log)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._is_ready():
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """As a machine that loses its power."""
        assert self._child is not None
        self._child.kill_group()
        self._child.wait()

    def forget(self) -> None:
        """No fixture, no chaos, no memory of what was asked."""
        self._tell("POST", "/reset")
        self._tell("DELETE", "/chaos")

    def say(self, *fixtures: dict[str, Any]) -> None:
        """What is answered from now on; the first that fits."""
        self._tell("POST", "/fixtures", {"fixtures": fixtures})

    def disturb(self, **rates: float) -> None:
        """Faults for all requests, each by its probability."""
        self._tell("POST", "/chaos", rates)

    def asked(self) -> list[dict[str, Any]]:
        """The requests so far: path, body, status, and when (in milliseconds)."""
        entries: list[dict[str, Any]] = self._tell("GET", "/journal")
        return entries

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            self._tell("GET", "/health")
            return True
        return False

    def _tell(self, method: str, path: str, body: Any = None) -> Any:
        raw = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}/__aimock{path}"
        with urllib.request.urlopen(
            urllib.request.Request(url, raw, method=method), timeout=5
        ) as response:
            return json.load(response)


def answering(text: str, *, model: str, **more: Any) -> dict[str, Any]:
    """A fixture: a text in pieces of eight characters, and what else is to happen."""
    match = {"model": model, **more.pop("match", {})}
    usage = {"prompt_tokens": 20, "completion_tokens": 5}
    return {"match": match, "response": {"content": text, "usage": usage}, "chunkSize": 8, **more}


def refusing(*, model: str, retry_after_seconds: int, **match: Any) -> dict[str, Any]:
    """A fixture: too many requests, and when the next one may come."""
    error = {"message": "Slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}
    response = {"error": error, "status": 429, "retryAfter": retry_after_seconds}
    return {"match": {"model": model, **match}, "response": response}


@contextlib.contextmanager
def running_peer(folder: Path) -> Iterator[Peer]:
    """One for a block, installed if need be. Raises LaunchError where it cannot be had."""
    node.ensure(node.PEERS)
    peer = Peer(folder)
    peer.ensure()
    try:
        yield peer
    finally:
        peer.kill()
