"""The jobs of billing: the inbox, the mails, the clock, the comparison with Stripe."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from billing import inbox, jobs
from billing.closing import end_subscriptions
from billing.customers import update_customer
from billing.mails import send
from billing.models import BillingAccount
from billing.plan_changes import tell_what_time_changed
from billing.reconcile import reconcile
from billing.stripe_api import is_configured
from billing.sync import sync_account

# A mail server that is away for a day.
PATIENT = RetryStrategy(max_attempts=9, exponential_wait=4)


@app.task(name=jobs.WORK_INBOX, queueing_lock=jobs.WORK_INBOX)
def work_inbox() -> int:
    """Work on what Stripe sent; how many events."""
    return inbox.work()


@app.periodic(cron="* * * * *")
@app.task(name="billing.look_into_inbox", queueing_lock="billing.look_into_inbox")
def look_into_inbox(timestamp: int) -> int:
    """What is due again, and what nobody was woken for."""
    return inbox.work()


@app.periodic(cron="* * * * *")
@app.task(name="billing.tell_what_time_changed", queueing_lock="billing.tell_what_time_changed")
def tell_of_time(timestamp: int) -> int:
    """Plans that ended or began by the clock; how many."""
    return tell_what_time_changed()


@app.task(name=jobs.SEND_NOTICE, retry=PATIENT)
def send_notice(notice_id: str) -> bool:
    """Mail one, once."""
    return send(notice_id)


@app.task(name=jobs.READ_ACCOUNT, retry=PATIENT)
def read_account(user_id: str) -> bool:
    """Read from Stripe what somebody waits for; False for nobody's."""
    account = BillingAccount.objects.filter(pk=UUID(user_id), user__deleted_at=None).first()
    if account is None or not account.stripe_customer_id or not is_configured():
        return False
    return sync_account(account, account.stripe_customer_id).is_applied


@app.task(name=jobs.TELL_ADDRESS, retry=PATIENT)
def tell_address(user_id: str) -> None:
    """Receipts go where somebody reads their mail."""
    account = BillingAccount.objects.filter(pk=UUID(user_id), user__deleted_at=None).first()
    if account is not None and account.stripe_customer_id and is_configured():
        update_customer(account)


@app.periodic(cron="23 */6 * * *")
@app.task(name="billing.reconcile", queueing_lock="billing.reconcile")
def reconcile_all(timestamp: int) -> int:
    """Compare with Stripe every six hours; how many accounts differed."""
    return reconcile().drifted if is_configured() else 0


@app.periodic(cron="41 3 * * *")
@app.task(name="billing.forget_events", queueing_lock="billing.forget_events")
def forget_events(timestamp: int) -> int:
    """Events of Stripe that were done with long ago; how many."""
    return inbox.forget()


@app.task(name=jobs.END_PAYMENTS, retry=PATIENT)
def end_payments_of_closed(user_id: str) -> None:
    """Somebody paid on a page that lay open while they closed their account."""
    account = BillingAccount.objects.exclude(user__deleted_at=None).filter(pk=UUID(user_id)).first()
    if account is not None and account.stripe_customer_id:
        end_subscriptions(account)
