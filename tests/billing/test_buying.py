"""Checkout, portal, ending and going on; over the API."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import stripe as sdk
from django.db import connections
from django.test import Client

from accounts.models import User
from billing.checkout import AlreadyBuying, begin_checkout
from billing.entitlements import entitlements
from billing.models import CheckoutAttempt
from billing.plans import PlanName
from billing.stripe_api import secret_key
from tests.billing.shop import Shop
from tests.cast import open_cast_account
from tests.envelope import assert_error

JSON = "application/json"
ApiClient = Callable[..., Client]
PRO = {"plan": "PRO", "interval": "month"}


def _buy(client: Client, **body: Any) -> Any:
    return client.post("/api/billing/checkout", {**PRO, **body}, JSON)


def test_a_page_is_opened_and_paying_on_it_gives_the_plan(
    shop: Shop, alice: User, api_client: ApiClient
) -> None:
    answer = _buy(api_client(alice)).json()
    assert answer["url"] == f"{shop.stripe.url}/pay/{answer['sessionId']}"
    session = shop.stripe.get(answer["sessionId"])
    assert session["client_reference_id"] == str(alice.pk)
    assert "/billing?checkout={CHECKOUT_SESSION_ID}" in session["success_url"]
    shop.stripe.pay(answer["sessionId"])
    # Paid, and not heard of yet.
    assert entitlements(alice).plan.name == "FREE"
    assert CheckoutAttempt.objects.get().closed_at is None
    shop.hear()
    assert entitlements(alice).plan.name == "PRO"
    assert CheckoutAttempt.objects.get().closed_at is not None
    facts = api_client(alice).get("/api/billing/subscription").json()
    assert (facts["plan"], facts["status"], facts["interval"]) == ("PRO", "ACTIVE", "month")


def test_asked_twice_it_is_the_same_page_and_another_plan_is_another(
    shop: Shop, alice: User, api_client: ApiClient
) -> None:
    client = api_client(alice)
    first, second = _buy(client).json(), _buy(client).json()
    assert first == second
    other = _buy(client, plan="ENTERPRISE").json()
    assert other["sessionId"] != first["sessionId"]
    # Nobody can pay on the one that was left.
    assert shop.stripe.get(first["sessionId"])["status"] == "expired"
    assert CheckoutAttempt.objects.filter(closed_at=None).count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"plan": "FREE"},
        {"plan": "GOLD"},
        {"interval": "week"},
        {"price": "price_1"},
        {"priceId": "price_1"},
        {"amount": 1},
        {"plan": None},
        {"interval": ["month"]},
    ],
)
def test_prices_are_ours_to_name(
    shop: Shop, alice: User, api_client: ApiClient, body: dict[str, Any]
) -> None:
    assert_error(_buy(api_client(alice), **body), 400, "validation_error")
    assert not CheckoutAttempt.objects.exists()
    assert shop.stripe.requests == []


def test_who_pays_already_does_not_pay_twice(
    shop: Shop, alice: User, api_client: ApiClient
) -> None:
    shop.subscribe(alice)
    shop.hear()
    assert_error(_buy(api_client(alice), plan="ENTERPRISE"), 409, "conflict")


def test_what_the_operator_chose_is_on_the_page(
    shop: Shop, alice: User, api_client: ApiClient, settings: Any
) -> None:
    settings.BILLING_CHECKOUT = {
        "trial_days": 14,
        "promotion_codes": True,
        "automatic_tax": True,
        "asks_address": False,
    }
    made = shop.stripe.get(_buy(api_client(alice)).json()["sessionId"])
    assert made["allow_promotion_codes"] is True
    assert made["automatic_tax"]["enabled"] is True
    assert made["billing_address_collection"] == "required"
    shop.stripe.pay(made["id"])
    shop.hear()
    account = shop.account(alice)
    assert (account.status, account.has_had_trial) == ("TRIALING", True)
    # One trial a person.
    shop.stripe.cancel_now(account.subscription_id)
    shop.hear()
    again = _buy(api_client(alice)).json()["sessionId"]
    shop.stripe.pay(again)
    shop.hear()
    assert shop.account(alice).status == "ACTIVE"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/billing/checkout", PRO),
        ("post", "/api/billing/portal", {}),
        ("patch", "/api/billing/subscription", {"cancelAtPeriodEnd": True}),
    ],
)
def test_without_keys_it_says_so_and_without_stripe_too(
    shop: Shop,
    alice: User,
    api_client: ApiClient,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    body: dict[str, Any],
) -> None:
    shop.subscribe(alice)
    shop.hear()
    if "checkout" in path:
        shop.stripe.cancel_now(shop.account(alice).subscription_id)
        shop.hear()
    monkeypatch.setattr(sdk, "max_network_retries", 0)
    client = api_client(alice)
    shop.stripe.is_down = True
    away = getattr(client, method)(path, body, JSON)
    assert_error(away, 503, "unavailable")
    assert away.headers["Retry-After"]
    shop.stripe.is_down = False
    assert getattr(client, method)(path, body, JSON).status_code == 200
    settings.STRIPE_TEST_SECRET_KEY = ""
    assert_error(getattr(client, method)(path, body, JSON), 503, "billing_not_configured")
    assert_error(getattr(Client(), method)(path, body, JSON), 401, "unauthorized")


def test_a_plan_without_a_price_is_not_sold(
    shop: Shop, alice: User, api_client: ApiClient, settings: Any
) -> None:
    settings.STRIPE_PRICE_IDS = {("PRO", "month"): shop.price()}
    assert_error(_buy(api_client(alice), interval="year"), 503, "billing_not_configured")
    assert _buy(api_client(alice)).status_code == 200


def test_it_ends_with_its_period_and_goes_on_after_all(
    shop: Shop, alice: User, api_client: ApiClient
) -> None:
    shop.subscribe(alice)
    shop.hear()
    client = api_client(alice)
    for is_ending in (True, False):
        body = {"cancelAtPeriodEnd": is_ending}
        answer = client.patch("/api/billing/subscription", body, JSON).json()
        assert answer["cancelAtPeriodEnd"] is is_ending
        assert entitlements(alice).plan.name == "PRO"
    assert shop.mails(alice) == ["CONFIRMED", "ENDING"]


def test_there_is_nothing_to_manage_before_the_first_purchase(
    shop: Shop, alice: User, api_client: ApiClient
) -> None:
    client = api_client(alice)
    assert_error(client.post("/api/billing/portal", {}, JSON), 409, "conflict")
    body = {"cancelAtPeriodEnd": True}
    assert_error(client.patch("/api/billing/subscription", body, JSON), 409, "conflict")


def test_a_page_that_was_paid_and_left_is_no_reason_to_pay_again(
    shop: Shop, alice: User, api_client: ApiClient
) -> None:
    client = api_client(alice)
    shop.stripe.pay(_buy(client).json()["sessionId"])
    # Nobody has told us yet.
    assert_error(_buy(client, plan="ENTERPRISE"), 409, "conflict")
    assert entitlements(alice).plan.name == "PRO"
    assert len(shop.stripe.events_of("checkout.session.completed")) == 1


def test_a_customer_that_was_deleted_at_stripe_is_replaced(
    shop: Shop, alice: User, api_client: ApiClient
) -> None:
    client = api_client(alice)
    first = _buy(client).json()
    customer = shop.account(alice).stripe_customer_id
    shop.stripe.delete_customer(str(customer))
    answer = _buy(client, plan="ENTERPRISE")
    assert answer.status_code == 200
    assert answer.json()["sessionId"] != first["sessionId"]
    assert shop.account(alice).stripe_customer_id != customer
    shop.stripe.pay(answer.json()["sessionId"])
    shop.hear()
    assert entitlements(alice).plan.name == "ENTERPRISE"


def test_an_end_that_the_portal_dated_is_taken_back(
    shop: Shop, alice: User, api_client: ApiClient
) -> None:
    bought = shop.subscribe(alice)
    sdk.Subscription.modify(bought["id"], cancel_at="min_period_end", api_key=secret_key())
    shop.hear()
    assert shop.account(alice).is_ending
    body = {"cancelAtPeriodEnd": False}
    answer = api_client(alice).patch("/api/billing/subscription", body, JSON)
    assert answer.json()["cancelAtPeriodEnd"] is False
    assert shop.stripe.get(bought)["cancel_at"] is None


@pytest.mark.parametrize("is_ending", [True, False])
def test_a_subscription_that_ended_unheard_is_not_changed(
    shop: Shop, alice: User, api_client: ApiClient, is_ending: bool
) -> None:
    bought = shop.subscribe(alice)
    shop.hear()
    shop.stripe.cancel_now(bought)
    body = {"cancelAtPeriodEnd": is_ending}
    answer = api_client(alice).patch("/api/billing/subscription", body, JSON)
    assert_error(answer, 409, "conflict")
    # But it is known now.
    assert entitlements(alice).plan.name == "FREE"


def test_a_price_that_stripe_does_not_know_is_said(
    shop: Shop, alice: User, api_client: ApiClient, settings: Any
) -> None:
    settings.STRIPE_PRICE_IDS = {("PRO", "month"): "price_that_is_gone"}
    refused = _buy(api_client(alice))
    assert_error(refused, 503, "billing_not_configured")
    assert "price_that_is_gone" not in refused.content.decode()


def test_two_plans_at_once_leave_one_page_open(open_shop: Shop) -> None:
    alice, failures = open_cast_account("alice"), []
    open_shop.stripe.delay_seconds = 0.1

    def click(plan: PlanName) -> None:
        try:
            begin_checkout(user=alice, plan=plan, interval="month")
        except AlreadyBuying as error:
            failures.append(error)
        finally:
            connections.close_all()

    plans = [PlanName.PRO, PlanName.ENTERPRISE] * 3
    threads = [threading.Thread(target=click, args=[plan]) for plan in plans]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    attempts = CheckoutAttempt.objects.exclude(session_id="")
    states = [open_shop.stripe.get(each.session_id)["status"] for each in attempts]
    assert states.count("open") <= 1
    assert len(failures) < len(plans)


def test_a_double_click_is_one_customer_and_one_page(open_shop: Shop) -> None:
    alice, pages, failures = open_cast_account("alice"), [], []
    open_shop.stripe.delay_seconds = 0.1

    def click() -> None:
        try:
            pages.append(begin_checkout(user=alice, plan=PlanName.PRO, interval="month"))
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    assert len(set(pages)) == 1
    assert len(open_shop.stripe.events_of("customer.created")) == 1
    assert CheckoutAttempt.objects.count() == 1
