"""The inbox: what Stripe sent, stored once, and worked on until it is done or given up."""

import logging
import random
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from billing.alerts import alert
from billing.effects import effect_of
from billing.jobs import WORK_INBOX, have_done_once
from billing.models import BillingAccount, BillingAlert, InboxEvent
from billing.received import Received
from billing.stripe_api import NotConfigured, StripeAway
from billing.sync import NobodysCustomer

logger = logging.getLogger("huntaze.billing")

Status = InboxEvent.Status
# As long as all requests to Stripe of one event may take.
CLAIM = timedelta(minutes=5)
FIRST_PAUSE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 3_600.0
# About nine hours of failures of our own. While Stripe is away, an event waits as long as that.
MOST_ATTEMPTS = 16
# From here on the pause is the longest.
LONG_ATTEMPTS = 10
# Stripe sends nothing again after a month; what it told of people is not kept for ever.
KEPT = timedelta(days=90)
# One job does not hold a worker for ever.
BATCH = 200

STORE = """
INSERT INTO billing_inboxevent (
    id, type, api_version, is_live, subject_id, customer_id, payload, occurred_at,
    received_at, status, attempts, due_at, outcome
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp(), 'RECEIVED', 0, clock_timestamp(), '')
ON CONFLICT (id) DO NOTHING
"""
IS_AWAKE = "SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo'"


def receive(event: Received, payload: str) -> bool:
    """Store a verified event once, and have it worked on; False for one that is known already."""
    facts = (event.id, event.type, event.api_version, event.is_live)
    # PostgreSQL's text holds no NUL.
    about = (event.subject_id, event.customer_id, payload.replace("\x00", "\ufffd"))
    with connection.cursor() as cursor:
        cursor.execute(STORE, (*facts, *about, event.occurred_at))
        is_new = bool(cursor.rowcount)
    if is_new:
        wake()
    return is_new


def wake() -> None:
    """Have a worker look into the inbox, unless one is about to. Not inside a transaction.

    A job that waits has not looked yet: it will see whatever was committed before it was found.
    """
    with connection.cursor() as cursor:
        cursor.execute(IS_AWAKE, [WORK_INBOX])
        if cursor.fetchone() is not None:
            return
    have_done_once(WORK_INBOX, lock=WORK_INBOX)


def work() -> int:
    """Work on what waits, oldest first, until there is nothing left; how many events."""
    count = 0
    is_there = True
    while is_there and count < BATCH and (event := _claim()) is not None:
        is_there = work_on(event)
        count += 1
    if count == BATCH:
        wake()
    return count


def _claim() -> InboxEvent | None:
    """The next one that nobody works on, taken for a while: who dies lets it go by itself."""
    with transaction.atomic():
        waiting = InboxEvent.objects.waiting().order_by("due_at", "id")
        event: InboxEvent | None = waiting.select_for_update(skip_locked=True).first()
        if event is not None:
            event.claimed_until = timezone.now() + CLAIM
            event.attempts += 1
            event.save(update_fields=["claimed_until", "attempts"])
    return event


def work_on(event: InboxEvent) -> bool:
    """Do what an event asks for, once; it ends in the transaction that its effect is written in.

    False while Stripe is away: whoever asks on would wait as long again.
    """
    if event.is_live != settings.STRIPE_LIVE_MODE:
        _end(event, Status.IGNORED, "of the other world: live or test")
        return True
    effect = effect_of(event.type)
    if effect is None:
        _end(event, Status.IGNORED, "nothing follows from it")
        return True
    try:
        effect(event, lambda account: _end(event, Status.DONE, _outcome(account)))
    except NobodysCustomer:
        _end(event, Status.IGNORED, "a customer who is none of our people")
    except (StripeAway, NotConfigured) as error:
        # The pause stays long, and when Stripe is back the event still has tries of its own.
        event.attempts = min(event.attempts, LONG_ATTEMPTS)
        _put_back(event, type(error).__name__)
        return False
    except Exception as error:
        logger.exception("Event %s of type %s failed", event.id, event.type)
        _put_back(event, type(error).__name__)
    return True


def _outcome(account: BillingAccount | None) -> str:
    if account is None:
        return "seen"
    return f"{account.told_plan}, {account.status or 'no subscription'}"


def _end(event: InboxEvent, status: InboxEvent.Status, outcome: str) -> None:
    open_rows = InboxEvent.objects.filter(pk=event.pk, status=Status.RECEIVED)
    open_rows.update(
        status=status, outcome=outcome[:300], ended_at=timezone.now(), claimed_until=None
    )


def _put_back(event: InboxEvent, reason: str) -> None:
    """Try again later, each time a little later; at last give it up, where staff see it."""
    if event.attempts >= MOST_ATTEMPTS:
        with transaction.atomic():
            _end(event, Status.DEAD, reason)
            detail = f"{event.type}: {reason}"
            alert(BillingAlert.Kind.DEAD_EVENT, about=event.id, detail=detail)
        return
    chance = 0.5 + random.random() / 2  # noqa: S311  (jitter, no secret)
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (event.attempts - 1)) * chance
    InboxEvent.objects.filter(pk=event.pk, status=Status.RECEIVED).update(
        due_at=timezone.now() + timedelta(seconds=pause),
        attempts=event.attempts,
        claimed_until=None,
        outcome=reason[:300],
    )


def retry(*, by: User, event: InboxEvent) -> bool:
    """Staff have an event worked on once more; False for one that waits already."""
    again = InboxEvent.objects.filter(pk=event.pk).exclude(status=Status.RECEIVED)
    changed = again.update(
        status=Status.RECEIVED,
        attempts=F("attempts") * 0,
        due_at=timezone.now(),
        claimed_until=None,
        ended_at=None,
        outcome="",
    )
    if changed:
        logger.info("%s has event %s worked on again", by.pk, event.id)
        transaction.on_commit(wake)
    return bool(changed)


def forget() -> int:
    """Delete events that were done with long ago; how many. What was given up stays for staff."""
    ended = InboxEvent.objects.filter(status__in=[Status.DONE, Status.IGNORED])
    old: int = ended.filter(ended_at__lt=timezone.now() - KEPT).delete()[0]
    return old
