"""Forgets idempotency keys when their day is over."""

from procrastinate.contrib.django import app

from api.models import IdempotencyKey


@app.periodic(cron="17 * * * *")
@app.task(name="api.forget_keys", queueing_lock="api.forget_keys")
def forget_keys(timestamp: int) -> int:
    """Delete what is past its time; how many."""
    deleted: int = IdempotencyKey.objects.expired().delete()[0]
    return deleted
