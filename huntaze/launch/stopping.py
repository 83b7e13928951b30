"""How the launcher learns that it should stop: signals, and a `make` that swallowed one."""

import os
import signal
from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequest:
    """Counts the requests: the first asks for an orderly end, the second for a quick one."""

    def __init__(self) -> None:
        self.count = 0
        self._parent = os.getppid()
        # In the background of a script a make never catches it, and has given up nothing.
        self._is_watched = is_make(self._parent) and catches_sigint(self._parent)
        self._is_under_make = is_make(self._parent)

    def listen(self) -> None:
        """From now on, signals are counted instead of obeyed."""
        for number in SIGNALS:
            signal.signal(number, self._note)

    def close(self) -> None:
        """A late Ctrl-C has nothing left to end, and must not change how we ended."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _note(self, *_: object) -> None:
        self.count += 1

    @property
    def is_urgent(self) -> bool:
        """Whether somebody lost patience."""
        return self.count > 1

    def is_asked(self) -> bool:
        """Whether to stop; also looks at the make that started us."""
        if not self.count and self._make_is_gone():
            self.count = 1
        return self.count > 0

    def _make_is_gone(self) -> bool:
        # make passes SIGTERM on, but a SIGINT sent to it alone it keeps: it waits for us, for ever.
        if self._is_under_make and os.getppid() != self._parent:
            return True
        return self._is_watched and not catches_sigint(self._parent)


def is_make(pid: int) -> bool:
    """Whether that process is a make (Linux; elsewhere we cannot tell, and do without)."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() in {"make", "gmake"}
    except OSError:
        return False


def catches_sigint(pid: int) -> bool:
    """Whether a process handles SIGINT; a make that was sent one no longer does."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    caught = next((entry.split()[1] for entry in lines if entry.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (signal.SIGINT - 1) & 1)
