"""Buying, before servers that others made of Stripe."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import stripe as sdk
from django.db import connections
from django.test import Client

from accounts.models import User
from billing import stripe_api
from billing.checkout import begin_checkout
from billing.customers import customer_of
from billing.models import BillingAccount, InboxEvent, SubscriptionStatus
from billing.plans import PlanName
from billing.signature import check_signature
from billing.standing import standing_of
from tests.billing.peers import listed, pressed, running_emulate, running_stateful_mock
from tests.cast import open_cast_account

pytestmark = pytest.mark.server
SECRET = "whsec_of_a_peer"
PRICE = "price_pro"
KEY = "sk_test_of_a_peer"


def _configure(settings: Any, address: str) -> None:
    settings.STRIPE_LIVE_SECRET_KEY, settings.STRIPE_TEST_SECRET_KEY = "", KEY
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    settings.STRIPE_API_BASE = address
    prices = {"PRO": PRICE, "ENTERPRISE": PRICE}
    settings.STRIPE_PRICE_IDS = {(plan, "month"): price for plan, price in prices.items()}
    stripe_api.configure()


class Catcher(HTTPServer):
    """Keeps what arrives: (body, signature)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Catch)
        self.caught: list[tuple[bytes, str]] = []
        self.has_more = threading.Event()


class _Catch(BaseHTTPRequestHandler):
    server: Catcher

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.caught.append((body, self.headers["Stripe-Signature"]))
        self.server.has_more.set()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_facts: Any) -> None:
        """Nothing."""


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    with Catcher() as server:
        running = threading.Thread(target=server.serve_forever)
        running.start()
        yield server
        server.shutdown()
        running.join()


def test_buying_on_emulates_page(
    alice: User, settings: Any, tmp_path: Path, catcher: Catcher, client: Client
) -> None:
    hook = f"http://127.0.0.1:{catcher.server_port}"
    with running_emulate(tmp_path, PRICE, hook, SECRET) as address:
        _configure(settings, address)
        left = begin_checkout(user=alice, plan=PlanName.ENTERPRISE, interval="month")
        page = begin_checkout(user=alice, plan=PlanName.PRO, interval="month")
        assert begin_checkout(user=alice, plan=PlanName.PRO, interval="month") == page
        states = {each["id"]: each["status"] for each in listed(address, "checkout/sessions")}
        assert states == {left.session_id: "expired", page.session_id: "open"}
        assert alice.email in [each["email"] for each in listed(address, "customers")]
        path = f"{address}/checkout/{page.session_id}/complete"
        assert pressed(path) == f"{settings.SITE_URL}/billing?checkout={page.session_id}"
        assert catcher.has_more.wait(10)
    assert b"checkout.session.completed" in catcher.caught[-1][0]
    for body, signature in catcher.caught:
        at = int(signature.partition(",")[0].removeprefix("t="))
        check_signature(body, signature, [SECRET], now=at)
        # Its events have no ids: nothing could be stored once.
        headers = {"Stripe-Signature": signature}
        answer = client.post("/api/billing/webhooks", body, "application/json", headers=headers)
        assert answer.status_code == 400
    assert not InboxEvent.objects.exists()


def test_twins_are_one_customer_by_the_idempotency_key(
    transactional_db: None, settings: Any, tmp_path: Path
) -> None:
    alice = open_cast_account("alice")
    with running_stateful_mock(tmp_path) as address:
        _configure(settings, address)
        found: list[str] = []

        def ask() -> None:
            found.append(customer_of(alice))
            connections.close_all()

        running = [threading.Thread(target=ask) for _ in range(8)]
        for each in running:
            each.start()
        for each in running:
            each.join()
        assert [each["id"] for each in listed(address, "customers")] == [found[0]]
    assert len(found) == 8
    assert set(found) == {BillingAccount.objects.get(pk=alice.pk).stripe_customer_id}


def test_a_subscription_of_the_old_shape_is_understood(
    alice: User, settings: Any, tmp_path: Path
) -> None:
    with running_stateful_mock(tmp_path) as address:
        _configure(settings, address)
        customer = customer_of(alice)
        sdk.Customer.modify(customer, source="tok_visa", api_key=KEY)
        product = sdk.Product.create(name="Huntaze Pro", api_key=KEY)
        facts: dict[str, Any] = {"currency": "usd", "amount": 2_900, "interval": "month"}
        plan = sdk.Plan.create(product=product.id, api_key=KEY, **facts)
        items: Any = [{"plan": plan.id}]
        sdk.Subscription.create(customer=customer, items=items, api_key=KEY)
        (subscription,) = listed(address, "subscriptions")
    assert "current_period_end" in subscription
    standing = standing_of([subscription], plan_of=lambda _price: PlanName.PRO)
    assert standing is not None
    assert (standing.status, standing.plan) == (SubscriptionStatus.ACTIVE, PlanName.PRO)
    assert standing.period_end is not None
    assert standing.period_end.timestamp() == subscription["current_period_end"]
    assert standing.interval == "month"
