"""Closing an account: what is paid for it ends at Stripe first."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe as sdk
from django.test import Client

from accounts.models import User
from accounts.services import close_account
from billing import tasks
from billing.checkout import begin_checkout
from billing.models import BillingAlert
from billing.plans import PlanName
from tests.billing.shop import Shop
from tests.envelope import assert_error

ApiClient = Callable[..., Client]


def test_it_is_cancelled_at_stripe_first(shop: Shop, alice: User, api_client: ApiClient) -> None:
    bought = shop.subscribe(alice)
    shop.hear()
    assert api_client(alice).delete("/api/users/me").status_code == 204
    assert shop.stripe.get(bought)["status"] == "canceled"
    assert shop.account(alice).status == "CANCELED"


def test_also_what_we_have_not_heard_of_yet(shop: Shop, alice: User) -> None:
    bought = shop.subscribe(alice)
    close_account(by=alice, user=alice)
    assert shop.stripe.get(bought)["status"] == "canceled"


def test_it_stays_open_while_stripe_is_down(
    shop: Shop, alice: User, api_client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "max_network_retries", 0)
    bought = shop.subscribe(alice)
    shop.hear()
    shop.stripe.is_down = True
    client = api_client(alice)
    refused = client.delete("/api/users/me")
    assert_error(refused, 503, "unavailable")
    assert refused.headers["Retry-After"]
    alice.refresh_from_db()
    assert alice.deleted_at is None
    page = Client()
    page.force_login(alice)
    answer = page.post("/account/close", {"email": alice.email})
    assert answer.status_code == 503
    assert b"could not be cancelled" in answer.content
    shop.stripe.is_down = False
    assert client.delete("/api/users/me").status_code == 204
    assert shop.stripe.get(bought)["status"] == "canceled"


def test_who_never_bought_anything_closes_without_stripe(
    shop: Shop, alice: User, api_client: ApiClient
) -> None:
    shop.stripe.is_down = True
    assert api_client(alice).delete("/api/users/me").status_code == 204
    assert shop.stripe.requests == []


def test_a_page_that_lies_open_can_be_paid_on_no_more(shop: Shop, alice: User) -> None:
    page = begin_checkout(user=alice, plan=PlanName.PRO, interval="month")
    close_account(by=alice, user=alice)
    assert shop.stripe.get(page.session_id)["status"] == "expired"


def test_who_pays_all_the_same_is_told_of_and_cancelled(shop: Shop, alice: User) -> None:
    shop.subscribe(alice)
    shop.hear()
    close_account(by=alice, user=alice)
    # A page of Stripe's that nobody could close any more.
    customer = shop.account(alice).stripe_customer_id
    late: Any = shop.stripe.subscribe(str(customer), shop.price())
    shop.hear()
    assert BillingAlert.objects.get().kind == "CLOSED_ACCOUNT"
    tasks.end_payments_of_closed(user_id=str(alice.pk))
    assert shop.stripe.get(late)["status"] == "canceled"


def test_staff_close_as_well(shop: Shop, alice: User, sam: User, client: Client) -> None:
    bought = shop.subscribe(alice)
    client.force_login(sam)
    form = {"action": "close_accounts", "_selected_action": [str(alice.pk)]}
    shop.stripe.is_down = True
    client.post("/admin/accounts/user/", form)
    assert not _is_closed(alice)
    shop.stripe.is_down = False
    client.post("/admin/accounts/user/", form)
    assert _is_closed(alice)
    assert shop.stripe.get(bought)["status"] == "canceled"


def _is_closed(user: User) -> bool:
    user.refresh_from_db()
    return user.deleted_at is not None
