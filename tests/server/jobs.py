"""Jobs enough for every worker of the run.

Other servers that this run keeps have a worker on the same database: which of them takes a job is
chance, and of a batch each one gets its share.
"""

import itertools
import time
from collections.abc import Callable
from typing import Any

from ai.tasks import settle_abandoned_generations

BATCH = 40
PAUSE_SECONDS = 2.0


def give_jobs_until(condition: Callable[[], Any], seconds: float, told: Callable[[], str]) -> None:
    """Defer a batch again and again until something is so; `told` explains why it never was."""
    deadline = time.monotonic() + seconds
    number = itertools.count()
    while not condition():
        assert time.monotonic() < deadline, told()
        for _ in range(BATCH):
            at = next(number)
            job = settle_abandoned_generations.configure(queueing_lock=f"test.{at}")
            job.defer(timestamp=at)
        pause = time.monotonic() + PAUSE_SECONDS
        while not condition() and time.monotonic() < pause:
            time.sleep(0.05)
