"""Makes what Huntaze needs at Stripe, or finds it: products, prices, the portal, the webhook.

Each is found by something that does not change (a lookup key, an address, our metadata), so that to
run it again changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import stripe
from django.conf import settings

from billing.models import Interval
from billing.plans import PLANS, Plan, PlanName
from billing.prices import PLAN_KEY
from billing.stripe_api import asked, plain, secret_key

CURRENCY = "usd"
SOLD = (PlanName.PRO, PlanName.ENTERPRISE)
CENTS = Decimal(100)
PORTAL = {"huntaze": "portal"}
# What the inbox has effects for.
EVENTS = (
    "customer.updated",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.voided",
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.expired",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "product.updated",
    "price.updated",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A variable to set, and whether what it names was made just now.

    The value is empty where Stripe told it when it was made, and tells it no more.
    """

    name: str
    value: str
    is_new: bool


def set_up() -> Iterator[Line]:
    """Everything, one after the other. Raises StripeAway and NotConfigured."""
    prices: dict[str, list[str]] = {}
    for name in SOLD:
        product, _is_new = _product(PLANS[name])
        for interval in Interval.values:
            price, is_new = _price(PLANS[name], product, interval)
            prices.setdefault(product, []).append(price)
            word = "MONTHLY" if interval == Interval.MONTH else "YEARLY"
            yield Line(f"STRIPE_{name}_{word}_PRICE_ID", price, is_new)
    _portal(prices)
    # Stripe tells it once.
    secret = _webhook()
    yield Line("STRIPE_WEBHOOK_SECRET", secret, is_new=bool(secret))


def lookup_key(plan: PlanName, interval: str) -> str:
    """By which the price that is sold now is found at Stripe."""
    return f"huntaze_{plan.lower()}_{interval}"


def _product(plan: Plan) -> tuple[str, bool]:
    product_id = f"prod_huntaze_{plan.name.lower()}"
    try:
        found = asked(lambda: stripe.Product.retrieve(product_id, api_key=secret_key()))
    except stripe.InvalidRequestError:
        made = asked(
            lambda: stripe.Product.create(
                id=product_id,
                name=f"Huntaze {plan.name.label}",
                metadata={PLAN_KEY: plan.name.value},
                idempotency_key=f"setup-{product_id}",
                api_key=secret_key(),
            )
        )
        return made.id, True
    return found.id, False


def _price(plan: Plan, product: str, interval: str) -> tuple[str, bool]:
    """The price under its lookup key; another one in its place where the catalogue has changed."""
    key = lookup_key(plan.name, interval)
    amount = _cents(plan, interval)
    listed = asked(lambda: stripe.Price.list(lookup_keys=[key], active=True, api_key=secret_key()))
    for price in listed.data:
        if price.unit_amount == amount and price.currency == CURRENCY:
            return price.id, False
    made = asked(
        lambda: stripe.Price.create(
            product=product,
            currency=CURRENCY,
            unit_amount=amount,
            recurring={"interval": interval},
            lookup_key=key,
            transfer_lookup_key=True,
            metadata={PLAN_KEY: plan.name.value},
            idempotency_key=f"setup-{key}-{amount}",
            api_key=secret_key(),
        )
    )
    return made.id, True


def _cents(plan: Plan, interval: str) -> int:
    usd = plan.monthly_price_usd if interval == Interval.MONTH else plan.yearly_price_usd
    return int(usd * CENTS)


def _portal(prices: dict[str, list[str]]) -> None:
    """The configuration that is ours, with the plans that may be changed to."""
    facts: dict[str, Any] = {
        "business_profile": {"headline": "Huntaze"},
        "default_return_url": f"{settings.SITE_URL}/billing",
        "metadata": PORTAL,
        "features": {
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True},
            "customer_update": {"enabled": True, "allowed_updates": ["address", "tax_id", "name"]},
            "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
            "subscription_update": {
                "enabled": True,
                "default_allowed_updates": ["price"],
                "proration_behavior": "always_invoice",
                "products": [
                    {"product": product, "prices": each} for product, each in prices.items()
                ],
            },
        },
    }
    configurations = stripe.billing_portal.Configuration
    if found := portal_configuration():
        asked(lambda: configurations.modify(found, api_key=secret_key(), **facts))
    else:
        asked(lambda: configurations.create(api_key=secret_key(), **facts))


def portal_configuration() -> str:
    """The id of the one that is ours; empty for none. It is not the account's default."""
    configurations = stripe.billing_portal.Configuration
    listed = asked(lambda: configurations.list(active=True, limit=100, api_key=secret_key()))
    ours = [each.id for each in listed.data if plain(each).get("metadata") == PORTAL]
    return ours[0] if ours else ""


def _webhook() -> str:
    """The secret of the endpoint, where it was made now; empty for one that is there."""
    address = f"{settings.SITE_URL}/api/billing/webhooks"
    endpoints = stripe.WebhookEndpoint
    listed = asked(lambda: endpoints.list(limit=100, api_key=secret_key()))
    events: Any = list(EVENTS)
    for each in listed.data:
        if each.url == address:
            asked(
                lambda: endpoints.modify(
                    each.id,  # noqa: B023
                    enabled_events=events,
                    disabled=False,
                    api_key=secret_key(),
                )
            )
            return ""
    made = asked(
        lambda: endpoints.create(
            url=address,
            enabled_events=events,
            metadata={"huntaze": "webhook"},
            api_key=secret_key(),
        )
    )
    return made.secret or ""
