"""What runs beside the web process and may fall over without taking it along."""

import time
from pathlib import Path

from huntaze.launch.localmodel import LocalModel
from huntaze.launch.postgres import Server
from huntaze.launch.terminal import complain

FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 1.0, 60.0


class KeptModel:
    """The local model, started again whenever it dies, with growing patience."""

    def __init__(self, model: LocalModel, log: Path) -> None:
        self.model = model
        self._log = log
        self._delay = FIRST_DELAY_SECONDS
        self._started_at = time.monotonic()
        self._restart_at: float | None = None
        self._child = model.start(log)

    def is_loading(self) -> bool:
        """Alive, and not answering yet."""
        return self._child.status() is None and not self.model.is_ready()

    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._child.status() is None

    def tend(self) -> None:
        """Notice a death, and end it when its time has come."""
        if self.is_alive():
            return
        now = time.monotonic()
        if self._restart_at is None:
            if now - self._started_at > LONGEST_DELAY_SECONDS:
                self._delay = FIRST_DELAY_SECONDS
            complain(f"The local model ended; it starts again in {self._delay:.0f} s.")
            self._restart_at = now + self._delay
            self._delay = min(self._delay * 2, LONGEST_DELAY_SECONDS)
        elif now >= self._restart_at:
            self._started_at, self._restart_at = now, None
            self._child = self.model.start(self._log)

    def stop(self) -> None:
        """It has nothing to save."""
        self._child.stop(2)


class KeptDatabase:
    """The embedded PostgreSQL, started again when it was killed: what was committed is on disk."""

    def __init__(self, server: Server) -> None:
        self.server = server
        server.join()

    def tend(self) -> None:
        """Raises LaunchError when it cannot be started again."""
        if not self.server.is_kept():
            complain("PostgreSQL ended unexpectedly; starting it again.")
            self.server.join()

    def stop(self) -> None:
        """Ends it, unless another command of this checkout still uses it."""
        self.server.leave()
