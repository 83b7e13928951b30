"""Has jobs done, by their names: `billing.tasks` needs this whole app, and must not be needed."""

from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

WORK_INBOX = "billing.work_inbox"
SEND_NOTICE = "billing.send_notice"
READ_ACCOUNT = "billing.read_account"
TELL_ADDRESS = "billing.tell_address"
END_PAYMENTS = "billing.end_payments_of_closed"


def have_done(name: str, **facts: Any) -> None:
    """Queue a job."""
    app.configure_task(name, allow_unknown=False).defer(**facts)


def have_done_once(name: str, lock: str, *, seconds: int = 0, **facts: Any) -> bool:
    """Queue a job in so many seconds; False where one waits under that lock already."""
    pause: dict[str, Any] = {"schedule_in": {"seconds": seconds}} if seconds else {}
    job = app.configure_task(name, allow_unknown=False, queueing_lock=lock, **pause)
    try:
        with transaction.atomic():
            job.defer(**facts)
    except AlreadyEnqueued:
        return False
    return True
