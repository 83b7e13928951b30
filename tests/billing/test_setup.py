"""`billing_setup` and `reconcile_billing`."""

from io import StringIO
from typing import Any

import pytest
import stripe as sdk
from django.core.cache import cache
from django.core.management import CommandError, call_command

from accounts.models import User
from billing.entitlements import entitlements
from billing.managing import portal_url
from tests.billing.shop import Shop

NAMES = [
    "STRIPE_PRO_MONTHLY_PRICE_ID",
    "STRIPE_PRO_YEARLY_PRICE_ID",
    "STRIPE_ENTERPRISE_MONTHLY_PRICE_ID",
    "STRIPE_ENTERPRISE_YEARLY_PRICE_ID",
]


def _set_up() -> dict[str, str]:
    out = StringIO()
    call_command("billing_setup", stdout=out, stderr=StringIO())
    return dict(line.split("=", 1) for line in out.getvalue().splitlines())


def test_everything_is_made_once(shop: Shop) -> None:
    first = _set_up()
    assert list(first) == [*NAMES, "STRIPE_WEBHOOK_SECRET"]
    assert first["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")
    prices = [shop.stripe.get(first[name]) for name in NAMES]
    assert [each["unit_amount"] for each in prices] == [2_900, 29_000, 9_900, 99_000]
    made = [request for request in shop.stripe.requests if request[0] == "POST"]
    # Found again; the webhook's secret is told once, and nothing stands in its place.
    assert _set_up() == {name: first[name] for name in NAMES}
    again = [request for request in shop.stripe.requests if request[0] == "POST"][len(made) :]
    assert [path for _method, path, *_rest in again if path.count("/") < 3] == []


def test_what_it_made_sells(shop: Shop, alice: User, settings: Any) -> None:
    found = _set_up()
    settings.STRIPE_PRICE_IDS = {}
    customer = shop.subscribe(alice)["customer"]
    shop.stripe.cancel_now(
        shop.stripe.events_of("customer.subscription.created")[0]["data"]["object"]
    )
    shop.stripe.subscribe(customer, found["STRIPE_ENTERPRISE_YEARLY_PRICE_ID"])
    # By the mark on the price, whatever the variables say.
    shop.hear()
    assert entitlements(alice).plan.name == "ENTERPRISE"


def test_the_comparison_by_hand(shop: Shop, alice: User) -> None:
    shop.subscribe(alice)
    out = StringIO()
    call_command("reconcile_billing", stdout=out)
    assert "1 accounts checked, 1 repaired" in out.getvalue()
    assert entitlements(alice).plan.name == "PRO"


@pytest.mark.parametrize("command", ["billing_setup", "reconcile_billing"])
def test_they_say_what_stands_in_the_way(
    shop: Shop, settings: Any, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(sdk, "max_network_retries", 0)
    shop.stripe.is_down = True
    with pytest.raises(CommandError, match="answer"):
        call_command(command, stdout=StringIO(), stderr=StringIO())
    settings.STRIPE_TEST_SECRET_KEY = ""
    with pytest.raises(CommandError, match="STRIPE_SECRET_KEY"):
        call_command(command, stdout=StringIO(), stderr=StringIO())


def test_the_portal_is_the_one_that_sells_our_plans(shop: Shop, alice: User) -> None:
    shop.subscribe(alice)
    shop.hear()
    portal_url(user=alice)
    assert "configuration" not in shop.stripe.requests[-1][2]
    _set_up()
    cache.clear()
    for _ in range(2):
        portal_url(user=alice)
        chosen = shop.stripe.get(shop.stripe.requests[-1][2]["configuration"])
        assert not chosen["is_default"]
        assert chosen["features"]["subscription_update"]["products"]
    # Twice the portal, and once which it is.
    paths = [path for _method, path, *_rest in shop.stripe.requests[-3:]]
    assert paths[0].startswith("/v1/billing_portal/configurations")
