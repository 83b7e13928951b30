"""Somebody waits for Stripe's word, and an event may be lost: then we ask."""

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from billing.models import BillingAccount

# An event that is on its way is here before.
PATIENCE_SECONDS = 20


def read_soon(account: BillingAccount) -> None:
    """Have the account read from Stripe in a while, once, however often somebody looks."""
    # Imported late: the tasks need all of this.
    from billing.tasks import read_account

    lock = f"billing.read_account.{account.pk}"
    job = read_account.configure(queueing_lock=lock, schedule_in={"seconds": PATIENCE_SECONDS})
    try:
        with transaction.atomic():
            job.defer(user_id=str(account.pk))
    except AlreadyEnqueued:
        return
