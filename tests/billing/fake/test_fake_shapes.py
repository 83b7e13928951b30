"""Every object that the fake gives has the fields of the real ones, in both eras."""

import typing
from typing import Any

import pytest
import stripe
from stripe import StripeClient
from stripe._object_classes import get_object_class

from tests.billing.fake.shop import Shop
from tests.fakes.stripe import FakeStripe, in_old_version, payload
from tests.fakes.stripe.templates import CURRENT_VERSION, OLD_VERSION, PAYLOADS

# Real payloads have it, and the SDK leaves it out.
UNTYPED = {"product": {"attributes"}}
PERIOD = {"current_period_start", "current_period_end"}


def fields_of(kind: str) -> set[str]:
    """What the SDK's class of an object knows."""
    found: Any = get_object_class("V1", kind)
    return set(found.__annotations__)


def everything(fake: FakeStripe, shop: Shop) -> None:
    """One of each."""
    session = shop.session()
    id_ = fake.pay(session.id)["id"]
    fake.fail_renewal(id_)
    charge = fake.charge_of(id_)
    fake.refund(charge, 100)
    fake.dispute(charge)
    shop.client.v1.billing_portal.sessions.create({"customer": shop.bob.id})
    shop.client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:1/", "enabled_events": ["*"]})


def walk(value: Any) -> typing.Iterator[dict[str, Any]]:
    """Every object inside."""
    if isinstance(value, dict):
        if isinstance(value.get("object"), str) and value["object"] != "list":
            yield value
        for child in value.values():
            yield from walk(child)
    elif isinstance(value, list):
        for child in value:
            yield from walk(child)


def test_every_field_is_one_that_the_sdk_knows(fake: FakeStripe, shop: Shop) -> None:
    everything(fake, shop)
    seen = set()
    for table in list(fake.world.tables.values()):
        for found in walk(list(table.values())):
            kind = found["object"]
            strangers = found.keys() - fields_of(kind) - UNTYPED.get(kind, set())
            assert (kind, strangers) == (kind, set())
            seen.add(kind)
    assert seen >= {"subscription", "invoice", "checkout.session", "dispute", "line_item", "event"}


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("2026*/*.json")), ids=lambda path: path.stem)
def test_the_samples_are_what_the_sdk_knows(path: Any) -> None:
    sample = payload(path.stem)
    assert sample["object"] == ("v2.core.event" if path.stem == "event_thin" else path.stem)
    if path.stem != "event_thin":
        assert sample.keys() - fields_of(path.stem) <= UNTYPED.get(path.stem, set())


def test_the_periods_stand_where_the_version_says(client: StripeClient, shop: Shop) -> None:
    id_ = shop.subscribe()
    new = client.v1.subscriptions.retrieve(id_).to_dict()
    old = client.v1.subscriptions.retrieve(id_, None, {"stripe_version": "2025-02-24.acacia"})
    before = old.to_dict()
    assert not PERIOD & new.keys()
    assert new["items"]["data"][0].keys() >= PERIOD
    assert before.keys() >= PERIOD
    assert not PERIOD & before["items"]["data"][0].keys()
    assert old.last_response is not None
    assert old.last_response.headers["Stripe-Version"] == "2025-02-24.acacia"


@pytest.mark.parametrize("kind", ["subscription", "invoice", "line_item", "charge"])
def test_an_old_object_has_what_the_old_sample_has(
    kind: str, fake: FakeStripe, client: StripeClient, shop: Shop
) -> None:
    id_ = shop.subscribe()
    ask: stripe.RequestOptions = {"stripe_version": OLD_VERSION}
    invoice = client.v1.invoices.retrieve(fake.get(id_)["latest_invoice"], None, ask).to_dict()
    shown: dict[str, Any] = {
        "subscription": client.v1.subscriptions.retrieve(id_, None, ask).to_dict(),
        "invoice": invoice,
        "line_item": invoice["lines"]["data"][0],
        "charge": client.v1.charges.retrieve(invoice["charge"], None, ask).to_dict(),
    }
    assert payload(kind, OLD_VERSION).keys() - shown[kind].keys() == set()
    assert invoice["subscription"] == id_
    assert shown["charge"]["invoice"] == invoice["id"]


def test_an_old_event(fake: FakeStripe, shop: Shop) -> None:
    shop.subscribe()
    [event] = fake.events_of("invoice.paid")
    assert event["api_version"] == CURRENT_VERSION
    old = in_old_version(event)
    assert old["api_version"] == OLD_VERSION
    assert old["data"]["object"]["subscription"].startswith("sub_")
    assert in_old_version(event, "2017-05-24")["request"] is None
    assert "parent" in event["data"]["object"]


def test_events_follow_the_version_of_the_account(fake: FakeStripe, shop: Shop) -> None:
    fake.world.api_version = OLD_VERSION
    shop.subscribe()
    assert fake.events[-1]["api_version"] == OLD_VERSION
    [created] = fake.events_of("customer.subscription.created")
    assert created["data"]["object"].keys() >= PERIOD
