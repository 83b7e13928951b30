"""dj-stripe's admin beside ours: it shows the mirror, and neither keys nor ways to Stripe."""

from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, reverse
from djstripe import models as mirrored

from accounts.models import User
from billing.customers import customer_of
from billing.sync import sync_customer
from tests.billing.shop import Shop

KEY = "sk_test_this_is_the_key_of_the_shop"
MIRRORED = sorted(
    (model for model in admin.site._registry if model._meta.app_label == "djstripe"),
    key=lambda model: model.__name__,
)


def _address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:djstripe_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def staff(sam: User, client: Client, settings: Any) -> Client:
    """Sam's window, where a key is set."""
    settings.STRIPE_TEST_SECRET_KEY = KEY
    client.force_login(sam)
    return client


def _rows() -> list[Model]:
    told = {"status": "active", "name": "Alice", "currency": "usd", "amount_paid": 0}
    told["client_secret"] = "cs_secret_of_theirs"
    customer = mirrored.Customer.objects.create(id="cus_1", stripe_data=told)
    facts = {"customer": customer, "stripe_data": told}
    return [
        customer,
        # Two: dj-stripe's own page of such a customer breaks.
        mirrored.Subscription.objects.create(id="sub_1", **facts),
        mirrored.Subscription.objects.create(id="sub_2", **facts),
        mirrored.Invoice.objects.create(id="in_1", **facts),
        mirrored.Product.objects.create(id="prod_1", stripe_data=told),
    ]


def test_what_keeps_keys_is_not_there(staff: Client) -> None:
    assert mirrored.Subscription in MIRRORED
    for model in (mirrored.APIKey, mirrored.WebhookEndpoint, mirrored.IdempotencyKey):
        assert model not in MIRRORED
        with pytest.raises(NoReverseMatch):
            _address(model, "changelist")
    with pytest.raises(NoReverseMatch):
        reverse("admin:djstripe_custom_action", args=["_cancel", "subscription"])


@pytest.mark.parametrize("model", MIRRORED)
def test_each_list_opens_and_none_can_be_added_to(staff: Client, model: type[Model]) -> None:
    _rows()
    assert staff.get(_address(model, "changelist")).status_code == 200
    found = staff.get(_address(model, "changelist"), {"q": "cus_1"})
    assert found.status_code == 200
    assert b'name="action"' not in found.content
    assert staff.get(_address(model, "add")).status_code == 403


def test_a_page_shows_what_stripe_told_and_no_secret(staff: Client) -> None:
    for row in _rows():
        page = staff.get(_address(type(row), "change", row.pk))
        assert page.status_code == 200
        said = page.content.decode()
        assert "Alice" in said
        assert "cs_secret_of_theirs" not in said
        assert KEY not in said
        assert "<style" not in said
        for what in ("change", "delete"):
            address = _address(type(row), what, row.pk)
            assert staff.post(address, {"post": "yes"}).status_code == 403
        assert type(row)._base_manager.filter(pk=row.pk).exists()


def test_what_a_purchase_mirrors_can_be_looked_at(alice: User, staff: Client, shop: Shop) -> None:
    shop.subscribe(alice)
    sync_customer(customer_of(alice))
    seen = 0
    for model in MIRRORED:
        assert staff.get(_address(model, "changelist")).status_code == 200
        for row in model._base_manager.all():
            page = staff.get(_address(model, "change", row.pk))
            assert page.status_code == 200
            assert shop.stripe.secret_key not in page.content.decode()
            seen += 1
    assert seen >= 5
