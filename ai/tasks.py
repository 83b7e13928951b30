"""Ends what belongs to a dead process."""

from datetime import timedelta

from procrastinate.contrib.django import app

from ai.bereaved import end_bereaved
from ai.ledger.abandoned import forget_producers

# A live process beats every 5 s; settled within 60 s of a crash, by contract.
LEASE = timedelta(seconds=20)


@app.periodic(cron="* * * * * */15")
@app.task(name="ai.settle_abandoned", queueing_lock="ai.settle_abandoned")
def settle_abandoned_generations(timestamp: int) -> int:
    """Settle generations whose process no longer gives a sign of life; how many."""
    return end_bereaved(lease=LEASE)


@app.periodic(cron="17 4 * * *")
@app.task(name="ai.forget_producers", queueing_lock="ai.forget_producers")
def forget_old_producers(timestamp: int) -> int:
    """Remove processes that ended long ago; how many."""
    return forget_producers()
