"""What every test in front of a real server looks at: the one text, and what it cost."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from ai.models import Generation, UsagePeriod
from tests.live import LiveServer
from tests.server.client import Caller

PATIENCE_SECONDS = 15


def wait_until(
    condition: Callable[[], Any], told: Callable[[], str], seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait until something is so; `told` explains why it never was."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, told()
        time.sleep(0.02)


@dataclass
class Desk:
    """A server, and somebody before it who has one text written."""

    server: LiveServer
    alice: Caller
    user: User

    def row(self) -> Generation:
        """The one generation, as it is stored now."""
        return Generation.objects.get(user=self.user)

    def settled(self) -> Generation:
        """The same, once it has ended."""
        self.until(lambda: self.row().is_final)
        return self.row()

    def period(self) -> UsagePeriod:
        """Alice's counters."""
        return UsagePeriod.objects.get(user=self.user)

    def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something is so."""
        wait_until(condition, lambda: self.server.log.read_text()[-3000:])
