"""What a subscriber changes: in Stripe's portal, or at once. Our rows follow by Stripe's events."""

from typing import Any

import stripe
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from accounts.models import User
from billing.models import BillingAccount, SubscriptionStatus
from billing.models.account import GRANTING
from billing.plans import PlanName
from billing.prices import plan_of_price, price_id
from billing.setup import portal_configuration
from billing.stripe_api import NotConfigured, asked, is_configured, plain, secret_key
from billing.sync import sync_account

# Where its id is kept, so that it is looked for now and then.
CONFIGURATION, CONFIGURATION_SECONDS = "billing:portal", 300


class NothingToManage(Exception):
    """There is no subscription to change; the sentence says so."""


def portal_url(*, user: User, plan: PlanName | None = None, interval: str = "month") -> str:
    """Stripe's portal for somebody; with a plan, the page that confirms the change to it.

    Raises NotConfigured, NothingToManage and StripeAway.
    """
    account = _customer(user)
    more = _configured()
    if plan is not None:
        more["flow_data"] = _change_to(account, plan, interval)
    session = asked(
        lambda: stripe.billing_portal.Session.create(
            customer=str(account.stripe_customer_id),
            return_url=f"{settings.SITE_URL}/billing",
            api_key=secret_key(),
            **more,
        )
    )
    return session.url


def _configured() -> dict[str, Any]:
    """With the configuration of `billing_setup`, where there is one: the default sells nothing."""
    found = cache.get(CONFIGURATION)
    if found is None:
        found = portal_configuration()
        cache.set(CONFIGURATION, found, CONFIGURATION_SECONDS)
    return {"configuration": found} if found else {}


def _change_to(account: BillingAccount, plan: PlanName, interval: str) -> dict[str, Any]:
    """Stripe's own page says what it costs now, has a card confirmed where need be, and pays."""
    price = price_id(plan, interval)
    if not price:
        raise NotConfigured
    subscription = _live(account)
    items = subscription["items"]["data"]
    item = next((each for each in items if plan_of_price(plain(each.price))), items[0])
    change = {"items": [{"id": item["id"], "price": price, "quantity": 1}]}
    return {
        "type": "subscription_update_confirm",
        "subscription_update_confirm": {"subscription": subscription.id, **change},
    }


def set_ending(*, user: User, is_ending: bool) -> None:
    """End the subscription with its period, or go on after all.

    Raises NotConfigured, NothingToManage and StripeAway.
    """
    account = _customer(user)
    if account.status not in {*GRANTING, SubscriptionStatus.PAST_DUE}:
        raise NothingToManage(_("There is no subscription to change."))
    subscription_id, refusal = account.subscription_id, None
    change = {"cancel_at_period_end": True} if is_ending else _going_on(account)
    try:
        asked(lambda: stripe.Subscription.modify(subscription_id, api_key=secret_key(), **change))
    except stripe.InvalidRequestError as refused:
        # It has ended, and nobody had told us.
        refusal = refused
    # The person is looking: the event may take a while, and says the same.
    sync_account(account, str(account.stripe_customer_id))
    if refusal is not None:
        raise NothingToManage(_("There is no subscription to change.")) from refusal


def _going_on(account: BillingAccount) -> dict[str, Any]:
    """What takes an end back. The portal may have set a date; Stripe takes only one of the two."""
    has_date = not _live(account).cancel_at_period_end
    return {"cancel_at": ""} if has_date else {"cancel_at_period_end": False}


def _customer(user: User) -> BillingAccount:
    if not is_configured():
        raise NotConfigured
    account: BillingAccount | None = BillingAccount.objects.filter(pk=user.pk).first()
    if account is None or not account.stripe_customer_id:
        raise NothingToManage(_("You have not bought anything yet."))
    return account


def _live(account: BillingAccount) -> Any:
    if not account.subscription_id:
        raise NothingToManage(_("There is no subscription to change."))
    return asked(
        lambda: stripe.Subscription.retrieve(account.subscription_id, api_key=secret_key())
    )
