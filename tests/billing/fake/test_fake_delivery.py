"""The fake delivers as Stripe does: signed, and when asked late, twice and shuffled."""

import json
import time
from collections import Counter

import pytest
import stripe
from stripe import StripeClient

from tests.billing.fake.receiver import running_receiver
from tests.billing.fake.shop import Shop
from tests.fakes.stripe import FakeStripe, as_thin, body_of, in_old_version, sign


def test_the_sdk_accepts_the_signature(fake: FakeStripe, shop: Shop) -> None:
    shop.subscribe()
    with running_receiver() as receiver:
        fake.endpoint_url = receiver.url
        assert fake.deliver(fake.events[-1]) == 200
        body, header = receiver.taken[0]
    event = stripe.Webhook.construct_event(body, header, fake.webhook_secret)
    assert event.type == "invoice.payment_succeeded"
    assert event.data.object.to_dict()["object"] == "invoice"


def test_what_is_forged_or_stale_is_not(fake: FakeStripe, shop: Shop) -> None:
    shop.subscribe()
    body = body_of(fake.events[-1])
    now = time.time()
    for header in (sign(body, "whsec_other"), sign(body, fake.webhook_secret, now - 301)):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, header, fake.webhook_secret)


def test_a_thin_event_is_parsed(fake: FakeStripe, client: StripeClient, shop: Shop) -> None:
    shop.subscribe()
    [created] = fake.events_of("customer.subscription.created")
    thin = as_thin(created)
    with running_receiver() as receiver:
        fake.endpoint_url = receiver.url
        assert fake.deliver(thin) == 200
        body, header = receiver.taken[0]
    note = client.parse_event_notification(body, header, fake.webhook_secret)
    assert str(note.type) == "v1.customer.subscription.created"
    assert json.loads(body)["related_object"]["id"] == created["data"]["object"]["id"]


def test_shuffled_and_twice(fake: FakeStripe, shop: Shop) -> None:
    shop.subscribe()
    ids = [event["id"] for event in fake.events]
    with running_receiver() as receiver:
        fake.endpoint_url = receiver.url
        assert fake.deliver_all() == [200] * len(ids)
        assert [_id(body) for body, _ in receiver.taken] == ids
        receiver.taken.clear()
        fake.deliver_all("shuffled", seed=7, times=2)
        first = [_id(body) for body, _ in receiver.taken]
        receiver.taken.clear()
        fake.deliver_all("shuffled", seed=7, times=2, parallel=8)
        second = [_id(body) for body, _ in receiver.taken]
        receiver.taken.clear()
        fake.deliver_all([in_old_version(fake.events[0])])
        assert json.loads(receiver.taken[0][0])["api_version"] == "2020-08-27"
    assert first != ids * 2
    assert Counter(first) == Counter(second) == Counter(ids * 2)


def _id(body: bytes) -> str:
    return str(json.loads(body)["id"])


def test_by_itself_late_and_until_it_is_taken(fake: FakeStripe, shop: Shop) -> None:
    with running_receiver() as receiver:
        fake.endpoint_url, fake.auto_deliver = receiver.url, True
        fake.delivery_times, fake.delivery_delay_seconds = 2, 0.05
        fake.courier.retries, fake.courier.retry_seconds = 1, 0.01
        receiver.statuses = [500]
        shop.client.v1.customers.create({"email": "alice@example.com"})
        assert receiver.taken == []
        assert fake.settle()
        assert [_id(body) for body, _ in receiver.taken] == [fake.events[-1]["id"]] * 3
        assert Counter(status for _, _, status in fake.courier.log) == {200: 2, 500: 1}


def test_a_registered_endpoint_has_its_own_secret(
    fake: FakeStripe, client: StripeClient, shop: Shop
) -> None:
    with running_receiver() as receiver:
        endpoint = client.v1.webhook_endpoints.create(
            {
                "api_version": "2020-08-27",
                "enabled_events": ["customer.subscription.created"],
                "url": receiver.url,
            }
        )
        fake.auto_deliver = True
        shop.subscribe()
        assert fake.settle()
        [(body, header)] = receiver.taken
    assert endpoint.secret is not None
    event = stripe.Webhook.construct_event(body, header, endpoint.secret)
    assert event.api_version == "2020-08-27"
    assert "current_period_end" in event.data.object.to_dict()
    assert client.v1.webhook_endpoints.list().data[0].to_dict().get("secret") is None


def test_nobody_there(fake: FakeStripe, shop: Shop) -> None:
    with pytest.raises(LookupError, match="No endpoint"):
        fake.deliver(fake.events[0])
    fake.endpoint_url = "http://127.0.0.1:9/"
    assert fake.deliver(fake.events[0]) == 0
