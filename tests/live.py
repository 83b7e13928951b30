"""A real web server on the test database, as an operator would start it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote

from django.db import connection

from huntaze.launch.ports import free_port

# The process groups of the servers that run, one a server.
_groups: set[int] = set()

START_SECONDS = 60
STOP_SECONDS = 15


@dataclass
class LiveServer:
    """A running server: where it listens, its process, its log."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Its address; `localhost`, since passkeys and cookies care."""
        return f"http://localhost:{self.port}"

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)
            raise

    def kill(self) -> None:
        """As a machine that loses its power: every process of it, at once."""
        _groups.discard(self.process.pid)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)


def is_serving(pid: int) -> bool:
    """Whether a process is one of a server that runs."""
    try:
        return os.getpgid(pid) in _groups
    except ProcessLookupError:
        return False


def database_url() -> str:
    """The test database that this process uses, for another process."""
    facts = connection.settings_dict
    name, host, port = facts["NAME"], str(facts["HOST"] or ""), facts["PORT"]
    user = quote(str(facts["USER"] or "postgres"))
    if facts["PASSWORD"]:
        user = f"{user}:{quote(str(facts['PASSWORD']), safe='')}"
    if not host or host.startswith("/"):
        return f"postgresql://{user}@/{name}?host={quote(host)}"
    return f"postgresql://{user}@{host}{f':{port}' if port else ''}/{name}"


def environment(extra: Mapping[str, str], port: int) -> dict[str, str]:
    """What the server is told: this database, this port, and what the test adds."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "huntaze.settings",
        "HUNTAZE_ENV_FILE": "",
        "PORT": str(port),
        "SECRET_KEY": "a-key-of-the-tests-that-nobody-else-uses-anywhere",
        "DEBUG": "on",
        **extra,
    }


@contextlib.contextmanager
def running_server(folder: Path, **extra: str) -> Iterator[LiveServer]:
    """A Granian process with the given environment variables, until the context ends."""
    port = free_port()
    log = folder / f"server-{port}.log"
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    workers = extra.get("GRANIAN_WORKERS") or extra.get("WEB_CONCURRENCY", "1")
    command += ["--port", str(port), "--workers", workers]
    command += ["huntaze.asgi:application"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment(extra, port),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = LiveServer(port, process, log)
    _groups.add(process.pid)
    try:
        _wait(server)
        yield server
    finally:
        _groups.discard(process.pid)
        with contextlib.suppress(ProcessLookupError):
            server.stop()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _wait(server: LiveServer) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"The server did not start:\n{server.log.read_text()}")
