"""Rows that tests begin with, made the way the product makes them where that matters."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import User
from ai.models import Generation, Producer, ProviderCall, UsagePeriod
from billing.models import (
    BillingAccount,
    BillingAlert,
    BillingNotice,
    CheckoutAttempt,
    Drift,
    InboxEvent,
    PlanChange,
    Reconciliation,
)
from billing.periods import calendar_month
from content.models import Content
from content.services import create_draft


def make_draft(
    user: User, title: str = "Glaze notes", body: str = "Celadon.", **fields: Any
) -> Content:
    """A draft with its first revision."""
    return create_draft(by=user, title=title, body=body, **fields)


def make_period(user: User, **fields: Any) -> UsagePeriod:
    """The counters of the month at hand."""
    start, end = calendar_month(timezone.now())
    return UsagePeriod.objects.create(user=user, start=start, end=end, **fields)


def make_generation(user: User, *, age: timedelta = timedelta(0), **fields: Any) -> Generation:
    """An entry of the ledger; STREAMING and reserved unless the fields say otherwise."""
    period = UsagePeriod.objects.filter(user=user).first() or make_period(user)
    facts: dict[str, Any] = {
        "prompt": "Write about clay",
        "type": "POST",
        "tone": "friendly",
        "length": "medium",
        "language": "en",
        "platform": "",
        "quality": "auto",
        "provider": "fake",
        "model": "mini-1",
        "tier": "mini",
        "route_reason": "A test asked.",
        "reserved_usd": Decimal(0),
        "expires_at": timezone.now() + timedelta(minutes=20),
    }
    facts |= fields
    if facts.get("status", "STREAMING") != "STREAMING":
        facts.setdefault("finished_at", timezone.now())
    else:
        period.generations_reserved += 1
        period.spend_reserved_usd += facts["reserved_usd"]
        period.save()
        facts.setdefault("producer", make_producer(age))
    row = Generation.objects.create(user=user, period=period, **facts)
    if not row.is_final:
        make_call(row)
    return row


def make_producer(age: timedelta = timedelta(0)) -> Producer:
    """A process whose last sign of life is so old."""
    return Producer.objects.create(host="test", pid=1, beat_at=timezone.now() - age)


def make_call(generation: Generation, **fields: Any) -> ProviderCall:
    """The first call of a generation, under way unless the fields say otherwise."""
    facts: dict[str, Any] = {
        "attempt": 1,
        "provider": generation.provider,
        "model": generation.model,
        "tier": generation.tier,
        "reserved_usd": generation.reserved_usd,
    }
    return ProviderCall.objects.create(generation=generation, **{**facts, **fields})


def make_account(user: User, **fields: Any) -> BillingAccount:
    """Somebody who has a customer at Stripe; of the id `cus_` and their name."""
    facts = {"stripe_customer_id": f"cus_{user.email.partition('@')[0]}", **fields}
    account, _is_new = BillingAccount.objects.update_or_create(user=user, defaults=facts)
    found: BillingAccount = account
    return found


def make_inbox_event(event_id: str, **fields: Any) -> InboxEvent:
    """An event that was given up, unless the fields say otherwise."""
    facts: dict[str, Any] = {
        "type": "invoice.paid",
        "is_live": False,
        "payload": "{}",
        "occurred_at": timezone.now(),
        "status": InboxEvent.Status.DEAD,
    }
    facts |= fields
    if facts["status"] != InboxEvent.Status.RECEIVED:
        facts.setdefault("ended_at", timezone.now())
    event: InboxEvent = InboxEvent.objects.create(id=event_id, **facts)
    return event


def make_billing_story(user: User) -> BillingAccount:
    """One of each row that somebody's billing may have; the account."""
    account = make_account(user)
    customer_id = str(account.stripe_customer_id)
    make_inbox_event(f"evt_{customer_id}", customer_id=customer_id)
    PlanChange.objects.create(user=user, from_plan="FREE", to_plan="PRO", why="SUBSCRIPTION")
    BillingNotice.objects.create(user=user, kind="CONFIRMED", about=f"sub_{customer_id}")
    later = timezone.now() + timedelta(hours=2)
    CheckoutAttempt.objects.create(
        account=account, plan="PRO", interval="month", session_id="cs_1", expires_at=later
    )
    BillingAlert.objects.create(kind="DISPUTE", about=f"du_{customer_id}", account=account)
    run = Reconciliation.objects.create(checked=1, drifted=1)
    Drift.objects.create(run=run, account=account, differences={"plan": ["PRO", ""]})
    return account
