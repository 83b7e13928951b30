"""A Redis that is killed, hangs, and comes back at the same port."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from huntaze.launch.ports import free_port
from huntaze.launch.redis_server import find_binary

START_SECONDS = 10


class BreakableRedis:
    """Of one test; empty whenever it starts."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is, whenever it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Begin to serve."""
        binary = find_binary()
        assert binary
        command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            [*command, "--dir", str(self._folder)], stdout=subprocess.DEVNULL
        )
        with Redis(port=self.port) as client:
            deadline = time.monotonic() + START_SECONDS
            while time.monotonic() < deadline:
                try:
                    client.ping()
                except RedisError:
                    time.sleep(0.05)
                else:
                    return
        raise AssertionError("Redis did not start.")

    def kill(self) -> None:
        """Every connection is cut, and new ones are refused."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_SECONDS)
            self._process = None

    def hang(self) -> None:
        """Connections are accepted still, and nobody is answered."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again, what has come meanwhile too."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def breakable_redis(folder: Path) -> Iterator[BreakableRedis]:
    """One that serves, and is gone at the end."""
    redis = BreakableRedis(folder)
    redis.start()
    try:
        yield redis
    finally:
        redis.kill()
