"""A Stripe of ours behind the product, with our prices in it."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from accounts.models import User
from billing import inbox, stripe_api
from billing.customers import customer_of
from billing.models import BillingAccount, BillingNotice, PlanChange
from billing.prices import PLAN_KEY
from tests.fakes.stripe import FakeStripe, body_of, sign

# Stripe, and the ids of the prices of what is sold there.
type Till = tuple[FakeStripe, dict[tuple[str, str], str]]

CENTS = {("PRO", "month"): 2_900, ("PRO", "year"): 29_000}
CENTS |= {("ENTERPRISE", "month"): 9_900, ("ENTERPRISE", "year"): 99_000}


@dataclass
class Shop:
    """Stripe, what is sold there, and our inbox."""

    stripe: FakeStripe
    prices: dict[tuple[str, str], str]
    client: Client = field(default_factory=Client)

    def price(self, plan: str = "PRO", interval: str = "month") -> str:
        """Its id."""
        return self.prices[plan, interval]

    def subscribe(
        self, user: User, plan: str = "PRO", interval: str = "month", **facts: Any
    ) -> Any:
        """Somebody buys, at Stripe alone; the subscription."""
        return self.stripe.subscribe(customer_of(user), self.price(plan, interval), **facts)

    def post(self, event: dict[str, Any], **facts: Any) -> int:
        """Stripe's call, as it arrives; the status of the answer."""
        body = body_of(event)
        signature = sign(body, facts.get("secret") or self.stripe.webhook_secret, facts.get("at"))
        return self.client.post(
            "/api/billing/webhooks",
            body,
            "application/json",
            headers={"Stripe-Signature": signature},
        ).status_code

    def hear(self, *events: dict[str, Any]) -> int:
        """Take these events, or all so far, and work on them; how many were worked on."""
        for event in events or list(self.stripe.events):
            assert self.post(event) == 200
        return inbox.work()

    def account(self, user: User) -> BillingAccount:
        """As it is stored now."""
        found: BillingAccount = BillingAccount.objects.get(pk=user.pk)
        return found

    def changes(self, user: User) -> list[tuple[str, str, str]]:
        """(from, to, why), the oldest first."""
        rows = PlanChange.objects.filter(user=user).order_by("created_at")
        return list(rows.values_list("from_plan", "to_plan", "why"))

    def mails(self, user: User) -> list[str]:
        """The kinds that are owed or were sent, each as often as it is."""
        return sorted(BillingNotice.objects.filter(user=user).values_list("kind", flat=True))


def stock(stripe: FakeStripe) -> dict[tuple[str, str], str]:
    """Make what is sold; the ids of its prices."""
    products = {
        plan: stripe.make_product(f"Huntaze {plan}", {PLAN_KEY: plan})["id"]
        for plan in ("PRO", "ENTERPRISE")
    }
    prices = {
        (plan, interval): stripe.make_price(products[plan], cents, interval)["id"]  # type: ignore[arg-type]
        for (plan, interval), cents in CENTS.items()
    }
    stripe.events.clear()
    return prices


def configure(settings: Any, stripe: FakeStripe, prices: dict[tuple[str, str], str]) -> Shop:
    """Point this process at it."""
    settings.STRIPE_LIVE_MODE = False
    settings.STRIPE_LIVE_SECRET_KEY, settings.STRIPE_TEST_SECRET_KEY = "", stripe.secret_key
    settings.STRIPE_WEBHOOK_SECRETS = [stripe.webhook_secret]
    settings.STRIPE_API_BASE = stripe.url
    settings.STRIPE_PRICE_IDS = prices
    stripe_api.configure()
    return Shop(stripe, prices)


def variables(stripe: FakeStripe, prices: dict[tuple[str, str], str]) -> dict[str, str]:
    """The same, for a server."""
    words = {"month": "MONTHLY", "year": "YEARLY"}
    return {
        "STRIPE_SECRET_KEY": stripe.secret_key,
        "STRIPE_WEBHOOK_SECRET": stripe.webhook_secret,
        "STRIPE_API_BASE": stripe.url,
        **{
            f"STRIPE_{plan}_{words[interval]}_PRICE_ID": price
            for (plan, interval), price in prices.items()
        },
    }
