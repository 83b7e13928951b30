"""Reads somebody's story of Stripe and makes our rows say the same.

Webhooks, the reconciliation and whatever else wants the truth call `sync_customer`, in any order
and as often as they like. The story is read outside of transactions and applied in one, behind the
lock of the account. A read that comes back behind a later one is dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import User
from billing import mirror
from billing.alerts import alert, settle_alerts
from billing.jobs import END_PAYMENTS, have_done
from billing.models import BillingAccount, BillingAlert, Interval, SubscriptionStatus
from billing.notices import owe_notices
from billing.plan_changes import tell_plan
from billing.prices import plan_of_price
from billing.standing import Standing, standing_of
from billing.stripe_api import plain, written_whole

Kind = BillingAlert.Kind
# What the account says of the standing; a difference is a drift.
FACTS = (
    "stripe_customer_id",
    "subscription_id",
    "status",
    "plan",
    "interval",
    "period_start",
    "period_end",
    "anchor_day",
    "is_ending",
    "trial_ends_at",
    "grace_ends_at",
)


BEGIN_READ = """
UPDATE billing_billingaccount SET read_count = read_count + 1 WHERE user_id = %s
RETURNING read_count, clock_timestamp()
"""


class NobodysCustomer(Exception):
    """A customer of Stripe's whom none of our people is."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync came to: whether its read was applied, and what it changed."""

    account: BillingAccount
    is_applied: bool
    differences: dict[str, list[Any]]


def account_of(user: User) -> BillingAccount:
    """Somebody's row, made at the first use."""
    account, _is_new = BillingAccount.objects.get_or_create(user=user)
    found: BillingAccount = account
    return found


def sync_customer(
    customer_id: str,
    *,
    since: datetime | None = None,
    then: Callable[[BillingAccount], None] | None = None,
) -> Synced:
    """Make our rows say what Stripe says of a customer now.

    What was read after `since` is new enough: of fifty events at once, one reads for all. `then`
    runs in the same transaction, whoever read. Raises StripeAway, and NobodysCustomer with nothing
    written.
    """
    account = BillingAccount.objects.filter(stripe_customer_id=customer_id).first()
    if account is None:
        account = _claimed(customer_id)
    return sync_account(account, customer_id, since=since, then=then)


def sync_account(
    account: BillingAccount,
    customer_id: str,
    *,
    since: datetime | None = None,
    then: Callable[[BillingAccount], None] | None = None,
) -> Synced:
    """The same for an account whose customer is known."""
    is_new_enough = since is not None and account.read_at is not None and account.read_at >= since
    read = None if is_new_enough else _read(account, customer_id)

    def apply() -> Synced:
        locked: BillingAccount = BillingAccount.objects.select_for_update(no_key=True).get(
            pk=account.pk
        )
        before = {name: getattr(locked, name) for name in FACTS}
        if locked.stripe_customer_id not in {None, customer_id}:
            # Another customer replaced this one meanwhile: what is said of it is history.
            if then is not None:
                then(locked)
            return Synced(locked, is_applied=False, differences={})
        if is_applied := read is not None and read.number > locked.applied_read:
            mirror.write_story(read.story)
            locked.applied_read, locked.read_at = read.number, read.at
            if read.story.is_deleted:
                locked.stripe_customer_id = None
        # Also without a new read: an event may say when a payment failed.
        apply_mirror(locked, customer_id)
        if then is not None:
            then(locked)
        return Synced(locked, is_applied, _differences(before, locked))

    return written_whole(apply)


@dataclass(frozen=True, slots=True)
class _Read:
    number: int
    at: datetime
    story: mirror.Story


def _read(account: BillingAccount, customer_id: str) -> _Read:
    """The number is taken before the read begins: a later number has read later."""
    number, at = _begin_read(account)
    return _Read(number, at, mirror.read_story(customer_id))


def _claimed(customer_id: str) -> BillingAccount:
    """The account of whoever the customer says it is: made by us, and not written down yet."""
    customer = mirror.read_customer(customer_id)
    user = _user_named_by(customer)
    if user is None:
        raise NobodysCustomer(customer_id)
    account = account_of(user)
    unlinked = BillingAccount.objects.filter(pk=account.pk, stripe_customer_id=None)
    unlinked.update(stripe_customer_id=customer_id)
    account.refresh_from_db()
    if account.stripe_customer_id != customer_id:
        raise NobodysCustomer(customer_id)
    return account


def _user_named_by(customer: Any) -> User | None:
    named = str((plain(customer).get("metadata") or {}).get(mirror.USER_KEY, ""))
    try:
        return User.everyone.filter(pk=named).first() if named else None
    except (ValueError, ValidationError):
        return None


def _begin_read(account: BillingAccount) -> tuple[int, datetime]:
    """The number of this read and when it begins, by the one clock that all processes share."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN_READ, [account.pk])
        number, at = cursor.fetchone()
    return number, at


def apply_mirror(account: BillingAccount, customer_id: str) -> None:
    """The account says what the mirror says; its row is locked. Whatever follows from it, follows.

    Called again, it changes nothing.
    """
    invoices = mirror.invoices_of(customer_id)
    unpaid = [each for each in invoices if each.get("status") in {"open", "uncollectible"}]
    standing = standing_of(
        mirror.subscriptions_of(customer_id),
        plan_of=plan_of_price,
        open_invoices=unpaid,
        failed_at=mirror.first_failures(str(each["id"]) for each in unpaid),
    )
    _take(account, standing)
    account.save()
    _look_at(account, standing)
    owe_notices(account, standing, unpaid)
    tell_plan(account)


def _take(account: BillingAccount, standing: Standing | None) -> None:
    if standing is None:
        account.subscription_id = account.status = account.plan = account.interval = ""
        account.period_start = account.period_end = account.anchor_day = None
        account.trial_ends_at = account.grace_ends_at = None
        account.is_ending = False
        return
    is_known = standing.status is not None
    is_same = account.subscription_id == standing.subscription_id
    had = account.plan if is_same and account.status != SubscriptionStatus.CANCELED else ""
    account.subscription_id = standing.subscription_id
    # What nobody knows a word for, or whose price is none of ours, leaves what it gave before.
    account.status = standing.status if standing.status is not None else account.status
    account.plan = standing.plan or had
    account.interval = Interval(standing.interval) if standing.interval else ""
    account.period_start, account.period_end = standing.period_start, standing.period_end
    account.anchor_day, account.is_ending = standing.anchor_day, standing.is_ending
    account.trial_ends_at = standing.trial_ends_at
    account.grace_ends_at = standing.grace_ends_at if is_known else account.grace_ends_at
    account.has_had_trial = account.has_had_trial or standing.trial_ends_at is not None


def _look_at(account: BillingAccount, standing: Standing | None) -> None:
    """What staff have to decide."""
    is_over = standing is None or standing.status == SubscriptionStatus.CANCELED
    found: dict[str, str] = {}
    if standing is not None and not is_over:
        if standing.plan is None:
            found[Kind.UNKNOWN_PRICE] = standing.price_id or "no price"
        if standing.status is None:
            found[Kind.UNKNOWN_STATUS] = standing.raw_status
        if standing.others:
            found[Kind.TWO_SUBSCRIPTIONS] = ", ".join((standing.subscription_id, *standing.others))
        if account.user.deleted_at is not None:
            found[Kind.CLOSED_ACCOUNT] = standing.subscription_id
            have_done(END_PAYMENTS, user_id=str(account.pk))
    for kind, detail in found.items():
        alert(Kind(kind), about=str(account.pk), account=account, detail=detail)
    gone = {Kind.UNKNOWN_PRICE, Kind.UNKNOWN_STATUS, Kind.TWO_SUBSCRIPTIONS} - found.keys()
    settle_alerts(account, gone)


def _differences(before: dict[str, Any], account: BillingAccount) -> dict[str, list[Any]]:
    after = {name: getattr(account, name) for name in FACTS}
    return {
        name: [_plain(before[name]), _plain(after[name])]
        for name in FACTS
        if before[name] != after[name]
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
