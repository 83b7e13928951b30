"""Buying a plan: a page at Stripe, one at a time for each person."""

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import stripe
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from billing.customers import customer_of
from billing.mirror import read_object
from billing.models import BillingAccount, CheckoutAttempt, SubscriptionStatus
from billing.plans import PlanName
from billing.prices import price_id
from billing.stripe_api import NotConfigured, asked, is_configured, secret_key
from billing.sync import account_of, sync_account

# Stripe's least is 30 minutes; a page that lies open for a day sells at yesterday's price.
OPEN_FOR = timedelta(hours=2)
# Twins of a page are given the one that is there while it is this far from its end.
MARGIN = timedelta(minutes=5)
LEAST = timedelta(minutes=31)
# Who has one of these changes it, and does not buy a second one.
HELD = frozenset(SubscriptionStatus.values) - {
    SubscriptionStatus.CANCELED,
    SubscriptionStatus.INCOMPLETE,
}


class AlreadySubscribed(Exception):
    """Somebody who pays already wants to pay again; the sentence says what to do."""


class AlreadyBuying(Exception):
    """Two plans were chosen at once, and the other one has the page."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where somebody pays."""

    url: str
    session_id: str


def begin_checkout(*, user: User, plan: PlanName, interval: str) -> Page:
    """A page where somebody buys a plan. Twice is the same page.

    Raises NotConfigured, AlreadySubscribed, AlreadyBuying and StripeAway.
    """
    price = price_id(plan, interval)
    if not is_configured() or not price:
        raise NotConfigured
    try:
        return _page_for(user, plan, interval, price)
    except stripe.InvalidRequestError:
        account = account_of(user)
        customer_id = account.stripe_customer_id
        if not customer_id or sync_account(account, customer_id).account.stripe_customer_id:
            raise
        # The customer was deleted there, and nobody had told us: there is a new one now.
        return _page_for(user, plan, interval, price)


def _page_for(user: User, plan: PlanName, interval: str, price: str) -> Page:
    account = account_of(user)
    _refuse_a_second(account)
    customer_id = customer_of(user)
    # Before the rows are closed: while Stripe is away they stay, and so does what may be paid on.
    old = [each for each in _open_ones(account) if not _fits(each, plan, interval)]
    paid = [each for each in old if _expire(each.session_id)]
    attempt, left = _attempt(account, plan, interval)
    known = {each.pk for each in old}
    paid += [each for each in left if each.pk not in known and _expire(each.session_id)]
    if paid:
        # Paid, and not heard of yet.
        _refuse_a_second(sync_account(account, customer_id).account)
    if not attempt.session_id:
        _open(attempt, user, customer_id, price)
    return Page(attempt.url, attempt.session_id)


def _refuse_a_second(account: BillingAccount) -> None:
    if account.status in HELD:
        raise AlreadySubscribed(_("You have a subscription already. Change its plan instead."))


def _open_ones(account: BillingAccount) -> list[CheckoutAttempt]:
    return list(CheckoutAttempt.objects.filter(account=account, closed_at=None))


def _fits(attempt: CheckoutAttempt, plan: PlanName, interval: str) -> bool:
    """Whether that page will do: one that is not made yet has to be open for Stripe's least."""
    least = MARGIN if attempt.session_id else LEAST
    is_wanted = (attempt.plan, attempt.interval) == (plan, interval)
    return is_wanted and attempt.expires_at - timezone.now() > least


@transaction.atomic
def _attempt(
    account: BillingAccount, plan: PlanName, interval: str
) -> tuple[CheckoutAttempt, list[CheckoutAttempt]]:
    """The purchase that is open for this plan, and those that give way to it."""
    BillingAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    now, left = timezone.now(), []
    for each in _open_ones(account):
        if _fits(each, plan, interval):
            return each, []
        each.closed_at = now
        each.save(update_fields=["closed_at"])
        left.append(each)
    made: CheckoutAttempt = CheckoutAttempt.objects.create(
        account=account, plan=plan, interval=interval, expires_at=now + OPEN_FOR
    )
    return made, left


def _open(attempt: CheckoutAttempt, user: User, customer_id: str, price: str) -> None:
    """Have the page made; where another request was faster, the page is that one's.

    Raises AlreadyBuying where another plan was chosen meanwhile.
    """
    facts = _facts(attempt, user, customer_id, price)
    # Twins are given one page by Stripe; a key that comes with other facts would be refused.
    digest = sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    session = asked(
        lambda: stripe.checkout.Session.create(
            **facts, idempotency_key=f"checkout-{attempt.pk}-{digest}", api_key=secret_key()
        )
    )
    waiting = CheckoutAttempt.objects.filter(pk=attempt.pk, session_id="", closed_at=None)
    waiting.update(session_id=session.id, url=session.url or "")
    attempt.refresh_from_db()
    if attempt.session_id != session.id:
        _expire(session.id)
    if attempt.closed_at is not None:
        raise AlreadyBuying(_("Another plan was chosen meanwhile. Look at your plan again."))


def _facts(attempt: CheckoutAttempt, user: User, customer_id: str, price: str) -> dict[str, Any]:
    """What the page is made of."""
    more: dict[str, Any] = {}
    sold = settings.BILLING_CHECKOUT
    if sold["trial_days"] and not attempt.account.has_had_trial:
        more["subscription_data"] = {"trial_period_days": sold["trial_days"]}
    if sold["automatic_tax"]:
        more["automatic_tax"] = {"enabled": True}
    if sold["asks_address"] or sold["automatic_tax"]:
        more["billing_address_collection"] = "required"
        more["customer_update"] = {"address": "auto", "name": "auto"}
    if sold["promotion_codes"]:
        more["allow_promotion_codes"] = True
    return {
        "mode": "subscription",
        "customer": customer_id,
        "client_reference_id": str(user.pk),
        "line_items": [{"price": price, "quantity": 1}],
        "success_url": f"{settings.SITE_URL}/billing?checkout={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{settings.SITE_URL}/billing",
        "expires_at": int(attempt.expires_at.timestamp()),
        "locale": "fr" if (user.language or get_language() or "").startswith("fr") else "auto",
        **more,
    }


def _expire(session_id: str) -> bool:
    """A page that was left, so that nobody pays on both; whether it was paid already."""
    if not session_id:
        return False
    try:
        asked(lambda: stripe.checkout.Session.expire(session_id, api_key=secret_key()))
    except stripe.InvalidRequestError:
        found = read_object(stripe.checkout.Session, session_id)
        return getattr(found, "status", None) == "complete"
    return False


def expire_open_pages(account: BillingAccount) -> None:
    """Nobody may pay any more. Raises StripeAway."""
    for attempt in CheckoutAttempt.objects.filter(account=account, closed_at=None):
        _expire(attempt.session_id)
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(closed_at=timezone.now())
