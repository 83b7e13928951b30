"""Background work of the manners: idempotency keys forgotten, news passed on."""

from typing import Any

from procrastinate.contrib.django import app

from api.courier import post_here
from api.models import IdempotencyKey


@app.periodic(cron="17 * * * *")
@app.task(name="api.forget_keys", queueing_lock="api.forget_keys")
def forget_keys(timestamp: int) -> int:
    """Delete what is past its time; how many."""
    deleted: int = IdempotencyKey.objects.expired().delete()[0]
    return deleted


@app.task(name="api.pass_on_news", pass_context=False)
def pass_on_news(message: dict[str, Any]) -> None:
    """Take news of a process that reaches no socket to this one, where everything is in memory."""
    post_here(message)
