"""Somebody waits for Stripe's word, and an event may be lost: then we ask."""

from billing.jobs import READ_ACCOUNT, have_done_once
from billing.models import BillingAccount

# An event that is on its way is here before.
PATIENCE_SECONDS = 20


def read_soon(account: BillingAccount) -> None:
    """Have the account read from Stripe in a while, once, however often somebody looks."""
    user_id = str(account.pk)
    lock = f"{READ_ACCOUNT}.{user_id}"
    have_done_once(READ_ACCOUNT, lock, seconds=PATIENCE_SECONDS, user_id=user_id)
