"""What the worker does by the clock."""

from procrastinate.contrib.django import app

from ai.tasks import LEASE, settle_abandoned_generations
from billing.tasks import look_into_inbox, reconcile_all, tell_of_time
from content.tasks import publish_due


def test_what_is_due_is_looked_for_often_enough() -> None:
    found = app.periodic_registry.periodic_tasks.values()
    periods = {each.task.name: each.cron for each in found}
    assert periods[publish_due.name] == "* * * * *"
    # Settled within 60 s of a crash, by contract: the lease and two rounds fit in.
    assert periods[settle_abandoned_generations.name] == "* * * * * */15"
    assert periods[look_into_inbox.name] == periods[tell_of_time.name] == "* * * * *"
    assert periods[reconcile_all.name] == "23 */6 * * *"
    assert LEASE.total_seconds() + 2 * 15 < 60
