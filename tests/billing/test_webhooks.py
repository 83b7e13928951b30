"""What Stripe may say to us, and who else tries."""

import json
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from billing import inbox
from billing.entitlements import entitlements
from billing.models import InboxEvent
from billing.webhooks import MAX_BYTES
from tests.billing.shop import Shop
from tests.envelope import assert_error
from tests.fakes.stripe import as_thin, in_old_version, sign

PATH = "/api/billing/webhooks"
EVENT = {"id": "evt_1", "object": "event", "type": "invoice.paid", "livemode": False}


def _post(client: Client, body: bytes, header: str | None, **more: str) -> Any:
    headers = {**more, **({"Stripe-Signature": header} if header is not None else {})}
    return client.post(PATH, body, "application/json", headers=headers)


def _rows() -> dict[str, int]:
    """How many rows each table has."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        counts = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608  (from the catalogue)
            counts[name] = cursor.fetchone()[0]
    return counts


def _forged(body: bytes) -> list[str | None]:
    now = time.time()
    return [
        None,
        "",
        "t=1,v1=00",
        sign(body, "whsec_of_somebody_else"),
        sign(body + b" ", "whsec_ours"),
        sign(body, "whsec_ours", now - 301),
        sign(body, "whsec_ours", now + 330),
        "\x00\x7f",
    ]


@pytest.mark.parametrize("number", range(8))
def test_who_did_not_sign_it_leaves_nothing(
    db: None, settings: Any, client: Client, number: int
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_ours"]
    body = json.dumps(EVENT).encode()
    before = _rows()
    answer = _post(
        client, body, _forged(body)[number], **{"X-Forwarded-For": "garbage, \x01'; DROP TABLE x;"}
    )
    assert_error(answer, 400, "bad_signature")
    assert _rows() == before
    assert not answer.cookies
    assert "X-RateLimit-Limit" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[1]",
        b"{",
        b"\xff\xfe",
        b'{"id": 5, "type": "x"}',
        b'{"id": "evt_1"}',
        b'{"id": "", "type": "x"}',
        b'{"id": "evt\\u0000", "type": "x"}',
        json.dumps({"id": "e" * 256, "type": "x"}).encode(),
    ],
)
def test_what_is_signed_and_no_event_is_refused(
    db: None, settings: Any, client: Client, body: bytes
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_ours"]
    assert_error(_post(client, body, sign(body, "whsec_ours")), 400, "bad_signature")
    assert not InboxEvent.objects.exists()


def test_either_secret_will_do(shop: Shop, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", shop.stripe.webhook_secret]
    assert shop.post(EVENT) == shop.post({**EVENT, "id": "evt_2"}, secret="whsec_new") == 200
    assert InboxEvent.objects.count() == 2


def test_one_that_is_too_large_is_refused(shop: Shop, client: Client) -> None:
    body = json.dumps({**EVENT, "data": "x" * MAX_BYTES}).encode()
    assert_error(_post(client, body, sign(body, shop.stripe.webhook_secret)), 413, "too_large")
    assert not InboxEvent.objects.exists()


def test_without_a_secret_nothing_is_taken(db: None, client: Client) -> None:
    assert_error(_post(client, b"{}", "t=1,v1=00"), 503, "billing_not_configured")
    assert client.get(PATH).status_code == 405


def test_an_event_is_stored_once_and_acknowledged_at_once(shop: Shop, client: Client) -> None:
    body = json.dumps({**EVENT, "data": {"object": {"id": "in_\x00\ud800"}}}).encode()
    for _ in range(3):
        answer = _post(client, body, sign(body, shop.stripe.webhook_secret))
        assert (answer.status_code, answer.json()) == (200, {"received": True})
    row = InboxEvent.objects.get()
    assert (row.status, row.attempts, row.type) == ("RECEIVED", 0, "invoice.paid")
    assert shop.stripe.requests == []


@pytest.mark.parametrize(
    "event",
    [
        {**EVENT, "type": "something.of.tomorrow"},
        {**EVENT, "livemode": True},
        {**EVENT, "type": "invoice.paid", "data": {"object": {"id": "in_gone"}}},
        {**EVENT, "type": "customer.updated", "data": {"object": {"customer": 5}}},
        {**EVENT, "type": "customer.subscription.updated", "data": None},
        {**EVENT, "type": "charge.refunded", "data": {"object": {"id": "ch_gone"}}},
        {**EVENT, "type": "charge.dispute.created", "data": {"object": {"id": "dp_gone"}}},
        {**EVENT, "object": "v2.core.event", "created": "2026-11-27T10:00:00.000Z"},
        {**EVENT, "created": "yesterday", "api_version": 5},
    ],
)
def test_whatever_is_signed_is_taken_and_ends(shop: Shop, event: dict[str, Any]) -> None:
    assert shop.post(event) == 200
    inbox.work()
    assert InboxEvent.objects.get().status in {"DONE", "IGNORED"}


@pytest.mark.parametrize("version", ["2017-08-15", "2020-08-27"])
def test_events_of_an_old_version_do_the_same(shop: Shop, alice: User, version: str) -> None:
    shop.subscribe(alice)
    shop.hear(*(in_old_version(event, version) for event in shop.stripe.events))
    assert entitlements(alice).plan.name == "PRO"


def test_thin_events_do_the_same(shop: Shop, alice: User) -> None:
    shop.subscribe(alice)
    thin = [as_thin(event) for event in shop.stripe.events_of("customer.subscription.created")]
    shop.hear(*thin)
    assert entitlements(alice).plan.name == "PRO"
