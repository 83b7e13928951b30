"""A fake Stripe with a catalogue, and the real SDK to talk to it."""

from collections.abc import Iterator

import pytest
from stripe import StripeClient

from tests.billing.fake.shop import Shop
from tests.fakes.stripe import FakeStripe, running_stripe


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    """At a time of its own: 2026-01-31, a day that not every month has."""
    with running_stripe() as stripe:
        stripe.clock = 1_769_860_800
        yield stripe


@pytest.fixture
def client(fake: FakeStripe) -> StripeClient:
    """The SDK as the product has it, without retries."""
    return StripeClient(fake.secret_key, base_addresses={"api": fake.url}, max_network_retries=0)


@pytest.fixture
def shop(fake: FakeStripe, client: StripeClient) -> Shop:
    """PRO by the month and by the year, and Bob."""
    return Shop(fake, client)
