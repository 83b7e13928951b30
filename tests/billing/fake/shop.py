"""What the tests of the fake buy and who buys it."""

from typing import Any

import stripe
from stripe import StripeClient

from tests.fakes.stripe import FakeStripe

DONE = "http://127.0.0.1:1/done?session_id={CHECKOUT_SESSION_ID}"


class Shop:
    """Made through the API."""

    def __init__(self, fake: FakeStripe, client: StripeClient) -> None:
        self.fake = fake
        self.client = client
        product = client.v1.products.create({"name": "Huntaze PRO", "metadata": {"plan": "PRO"}})
        self.product = product.id
        self.monthly = self.price(2900, "month", "pro_month")
        self.yearly = self.price(29_000, "year", "pro_year")
        self.bob = client.v1.customers.create({"email": "bob@example.com", "name": "Bob"})

    def price(self, amount: int, interval: Any, lookup_key: str) -> stripe.Price:
        return self.client.v1.prices.create(
            {
                "currency": "usd",
                "lookup_key": lookup_key,
                "product": self.product,
                "recurring": {"interval": interval},
                "unit_amount": amount,
            }
        )

    def session(self, **more: Any) -> stripe.checkout.Session:
        asked: Any = {
            "cancel_url": "http://127.0.0.1:1/billing",
            "customer": self.bob.id,
            "line_items": [{"price": self.monthly.id, "quantity": 1}],
            "mode": "subscription",
            "success_url": DONE,
            **more,
        }
        return self.client.v1.checkout.sessions.create(asked)

    def subscribe(self, **more: Any) -> str:
        """The id of a new subscription of Bob's."""
        return str(self.fake.subscribe(self.bob.id, self.monthly.id, **more)["id"])

    def types_since(self, count: int) -> list[str]:
        return [event["type"] for event in self.fake.events[count:]]
