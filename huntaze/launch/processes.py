"""Child processes that die with us: each leads a group of its own and is ended as a whole."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1


def dies_with_parent(signal_number: int) -> Callable[[], None] | None:
    """For `preexec_fn`: the kernel sends the signal when the parent is gone, even by kill -9.

    It goes by the thread that forked, so start children from the main thread only. Linux alone
    has it; elsewhere a killed launcher leaves its children to the next start.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return arrange


class Child:
    """A process of ours. A terminal's Ctrl-C does not reach it: we choose the order of the end."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path,
        log: Path | None = None,
    ) -> None:
        self.name = name
        output: IO[bytes] | None = None
        if log:
            log.parent.mkdir(parents=True, exist_ok=True)
            output = log.open("ab")
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            # Safe: it only calls into libc, and the launcher has a single thread.
            preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509
        )
        if output:
            output.close()

    @property
    def pid(self) -> int:
        """Also the id of its group."""
        return self._process.pid

    def status(self) -> int | None:
        """The exit status once it has ended; negative for a signal."""
        return self._process.poll()

    def wait(self) -> int:
        """Until it ends by itself."""
        return self._process.wait()

    def stop(self, grace_seconds: float, *, is_urgent: Callable[[], bool] = lambda: False) -> None:
        """Ask it to end, wait, then kill what is left of its group."""
        if self.status() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        while self.status() is None and time.monotonic() < deadline and not is_urgent():
            time.sleep(0.02)
        self.kill_group()
        self._process.wait()

    def kill_group(self) -> None:
        """End what is left of it at once, grandchildren included."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
