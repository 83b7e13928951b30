"""The fake is held to the real interface: the SDK talks to it over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from tests.billing.fake.shop import Shop
from tests.fakes.stripe import FakeStripe

KEY = "the-same-key"


def test_a_request_without_the_key_is_401(fake: FakeStripe) -> None:
    stranger = StripeClient("sk_test_wrong", base_addresses={"api": fake.url})
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        stranger.v1.customers.list()
    assert fake.requests == [("GET", "/v1/customers", {}, None)]


def test_the_account_is_read(client: StripeClient) -> None:
    account = client.v1.accounts.retrieve_current()
    assert account.id.startswith("acct_")
    assert account.charges_enabled


def test_what_is_missing_is_named(client: StripeClient, shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.retrieve("cus_nobody")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.session(customer="cus_nobody")
    assert (caught.value.http_status, caught.value.param) == (400, "customer")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.session(line_items=[])
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "line_items")


def test_an_unknown_parameter_is_refused(client: StripeClient) -> None:
    mistyped: Any = {"emial": "bob@example.com"}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.create(mistyped)
    assert (caught.value.code, caught.value.param) == ("parameter_unknown", "emial")


def test_a_customer_is_changed_and_deleted(client: StripeClient, shop: Shop) -> None:
    subscription = shop.subscribe()
    changed = client.v1.customers.update(
        shop.bob.id, {"name": "B", "metadata": {"user": "7"}}
    ).to_dict()
    assert (changed["name"], changed["email"]) == ("B", "bob@example.com")
    assert changed["metadata"] == {"user": "7"}
    deleted = client.v1.customers.delete(shop.bob.id)
    assert deleted.to_dict() == {"id": shop.bob.id, "object": "customer", "deleted": True}
    assert client.v1.customers.retrieve(shop.bob.id).to_dict() == deleted.to_dict()
    assert client.v1.subscriptions.retrieve(subscription).status == "canceled"
    assert shop.types_since(-2) == ["customer.subscription.deleted", "customer.deleted"]
    assert client.v1.customers.list().data == []


def test_prices_are_found_by_lookup_key(client: StripeClient, shop: Shop) -> None:
    found = client.v1.prices.list({"lookup_keys": ["pro_year"], "expand": ["data.product"]})
    assert [price.id for price in found.data] == [shop.yearly.id]
    product = found.data[0].product
    assert isinstance(product, stripe.Product)
    assert product.metadata["plan"] == "PRO"
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        shop.price(1, "month", "pro_year")


def test_lists_are_paged_newest_first(client: StripeClient, shop: Shop) -> None:
    made = [client.v1.customers.create({"email": f"{n}@example.com"}).id for n in range(5)]
    first = client.v1.customers.list({"limit": 2})
    assert ([row.id for row in first.data], first.has_more) == (made[:2:-1], True)
    everyone = [row.id for row in first.auto_paging_iter()]
    assert everyone == [*reversed(made), shop.bob.id]
    back = client.v1.customers.list({"limit": 2, "ending_before": made[0]})
    assert [row.id for row in back.data] == [made[2], made[1]]
    with pytest.raises(stripe.InvalidRequestError, match="between 1 and 100"):
        client.v1.customers.list({"limit": 101})


def test_the_same_key_does_a_thing_once(client: StripeClient, fake: FakeStripe) -> None:
    def create(email: str) -> stripe.Customer:
        return client.v1.customers.create({"email": email}, {"idempotency_key": KEY})

    with ThreadPoolExecutor(8) as pool:
        twins = list(pool.map(create, ["bob@example.com"] * 8))
    assert len({twin.id for twin in twins}) == 1
    assert len(fake.events_of("customer.created")) == 1
    replays = [_headers(twin).get("Idempotent-Replayed") for twin in twins]
    assert sorted(replays, key=str) == [None, *["true"] * 7]
    with pytest.raises(stripe.IdempotencyError) as caught:
        create("alice@example.com")
    assert caught.value.http_status == 400
    assert fake.events[0]["request"]["idempotency_key"] == KEY


def _headers(customer: stripe.Customer) -> Any:
    assert customer.last_response is not None
    return customer.last_response.headers


def test_a_replay_may_expand(client: StripeClient, shop: Shop) -> None:
    bodies = [
        client.v1.subscriptions.create(
            {
                "customer": shop.bob.id,
                "items": [{"price": shop.monthly.id}],
                "expand": ["latest_invoice"],
            },
            {"idempotency_key": KEY},
        ).to_dict()
        for _ in range(2)
    ]
    assert bodies[0] == bodies[1]
    assert bodies[0]["latest_invoice"]["status"] == "paid"


def test_ids_expand_into_objects(client: StripeClient, shop: Shop) -> None:
    paths = ["customer", "default_payment_method", "items.data.price.product"]
    found = client.v1.subscriptions.retrieve(
        shop.subscribe(), {"expand": [*paths, "latest_invoice.payments"]}
    ).to_dict()
    assert found["customer"]["email"] == "bob@example.com"
    assert found["default_payment_method"]["card"]["last4"] == "4242"
    assert found["items"]["data"][0]["price"]["product"]["name"] == "Huntaze PRO"
    paid_with = found["latest_invoice"]["payments"]["data"][0]["payment"]["payment_intent"]
    assert client.v1.payment_intents.retrieve(paid_with).status == "succeeded"
    listed = client.v1.subscriptions.list({"status": "all", "expand": ["data.customer"]})
    assert listed.data[0].to_dict()["customer"]["name"] == "Bob"


def test_what_does_not_expand_is_refused(client: StripeClient, shop: Shop) -> None:
    id_ = shop.subscribe()
    asked: Any = {"expand": ["latest_invoice.payment_intent"]}
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.subscriptions.retrieve(id_, asked)
    old = client.v1.subscriptions.retrieve(id_, asked, {"stripe_version": "2020-08-27"}).to_dict()
    assert old["latest_invoice"]["payment_intent"]["status"] == "succeeded"


@pytest.mark.parametrize("failure", [500, 503, 429])
def test_an_outage(fake: FakeStripe, client: StripeClient, failure: int) -> None:
    fake.fail_with = failure  # type: ignore[assignment]
    kind = stripe.RateLimitError if failure == 429 else stripe.APIError
    with pytest.raises(kind):
        client.v1.customers.list()
    fake.is_down = False
    assert client.v1.customers.list().data == []


def test_a_lost_answer_is_asked_for_again(fake: FakeStripe) -> None:
    fake.fail_with, fake.fails_for = "cut_after", "POST /v1/customers"
    client = StripeClient(fake.secret_key, base_addresses={"api": fake.url}, max_network_retries=0)
    options: stripe.RequestOptions = {"idempotency_key": KEY}
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"email": "bob@example.com"}, options)
    fake.is_down = False
    again = client.v1.customers.create({"email": "bob@example.com"}, options)
    assert [row.id for row in client.v1.customers.list().data] == [again.id]


def test_events_are_listed_and_read(client: StripeClient, shop: Shop) -> None:
    shop.subscribe()
    newest = client.v1.events.list({"types": ["invoice.paid", "invoice.created"]})
    assert [event.type for event in newest.data] == ["invoice.paid", "invoice.created"]
    read = client.v1.events.retrieve(newest.data[0].id)
    assert read.data.object.to_dict()["status"] == "paid"
    assert read.api_version == "2026-08-26.dahlia"
