"""Ends what belongs to a dead process."""

from datetime import timedelta

from procrastinate.contrib.django import app

from ai.ledger import settle_abandoned

# A live process gives a sign of life every 2 s; settled within 60 s of a crash, by contract.
LEASE = timedelta(seconds=25)


@app.periodic(cron="* * * * * */15")
@app.task(name="ai.settle_abandoned", queueing_lock="ai.settle_abandoned")
def settle_abandoned_generations(timestamp: int) -> int:
    """Settle generations whose producer no longer gives a sign of life; how many."""
    return settle_abandoned(older_than=LEASE)
