"""The admin: every page of ours opens for staff, for nobody else, without a query per row."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from ai.models import Generation, Producer, ProviderCall, UsagePeriod
from analytics.models import Event
from api.models import ApiToken
from api.tokens import issue_token
from billing.models import (
    BillingAccount,
    BillingAlert,
    BillingNotice,
    CheckoutAttempt,
    Drift,
    InboxEvent,
    PlanChange,
    PlanGrant,
    Reconciliation,
)
from billing.plans import PlanName
from billing.services import grant_plan
from content.models import Content
from tests.factories import make_billing_story, make_draft, make_generation

BILLING = [
    BillingAccount,
    BillingAlert,
    BillingNotice,
    CheckoutAttempt,
    Drift,
    InboxEvent,
    PlanChange,
    Reconciliation,
]
OURS = [
    User,
    Generation,
    ProviderCall,
    Producer,
    UsagePeriod,
    Event,
    ApiToken,
    PlanGrant,
    Content,
    *BILLING,
]


def _address(model: type[Model], page: str, *args: Any) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)


def _one_of_each(number: int) -> None:
    """A person with a row in every table of ours."""
    user = User.objects.create_user(f"person{number}@example.com")
    make_draft(user)
    make_generation(user)
    issue_token(user=user, name="ci")
    grant_plan(by=None, user=user, plan=PlanName.PRO, reason="a test")
    make_billing_story(user)


@pytest.fixture
def rows(db: None) -> Callable[[int], None]:
    """Fill every table up to so many people."""

    def fill(count: int) -> None:
        for number in range(User.objects.count(), count):
            _one_of_each(number)

    return fill


def test_every_model_of_ours_is_in_the_admin() -> None:
    assert set(OURS) <= set(admin.site._registry)


@pytest.mark.parametrize("model", OURS)
def test_staff_open_the_list_and_a_row(
    sam: User, rows: Any, client: Client, model: type[Model]
) -> None:
    rows(3)
    client.force_login(sam)
    assert client.get(_address(model, "changelist")).status_code == 200
    assert client.get(_address(model, "changelist"), {"q": "person"}).status_code == 200
    for row in model._base_manager.all():
        assert client.get(_address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", OURS)
def test_nobody_else_opens_anything(
    alice: User, rows: Any, client: Client, model: type[Model]
) -> None:
    rows(2)
    row = model._base_manager.all()[0]
    addresses = [_address(model, "changelist"), _address(model, "change", row.pk), "/admin/"]
    for address in addresses:
        response = client.get(address, follow=True)
        assert response.redirect_chain[-1][0].startswith("/auth/signin")
    client.force_login(alice)
    for address in addresses:
        assert client.get(address, follow=True).status_code == 403


@pytest.mark.parametrize("model", OURS)
def test_a_list_takes_as_many_queries_for_twelve_as_for_two(
    sam: User, rows: Any, client: Client, model: type[Model]
) -> None:
    client.force_login(sam)
    rows(3)
    address = _address(model, "changelist")
    client.get(address)
    counts = []
    for people in (3, 13):
        rows(people)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1], [query["sql"] for query in queries]


@pytest.mark.parametrize(
    "model",
    [Generation, ProviderCall, Producer, UsagePeriod, Event, ApiToken, Content, *BILLING],
)
def test_history_is_not_rewritten(sam: User, rows: Any, client: Client, model: type[Model]) -> None:
    rows(2)
    client.force_login(sam)
    row = model._base_manager.all()[0]
    assert client.get(_address(model, "add")).status_code == 403
    for page in ("change", "delete"):
        assert client.post(_address(model, page, row.pk), {"post": "yes"}).status_code == 403
    assert model._base_manager.filter(pk=row.pk).exists()


def test_a_page_shows_no_key(sam: User, rows: Any, client: Client) -> None:
    rows(2)
    client.force_login(sam)
    token = ApiToken.objects.all()[0]
    page = client.get(_address(ApiToken, "change", token.pk)).content.decode()
    assert token.digest not in page
    assert token.token_key not in page


def test_staff_revoke_tokens(sam: User, rows: Any, client: Client) -> None:
    rows(3)
    client.force_login(sam)
    form = {"action": "revoke", "_selected_action": [str(ApiToken.objects.all()[0].pk)]}
    before = ApiToken.objects.count()
    client.post(_address(ApiToken, "changelist"), form)
    assert ApiToken.objects.count() == before - 1


def test_staff_close_accounts(alice: User, sam: User, client: Client) -> None:
    client.force_login(sam)
    form = {"action": "close_accounts", "_selected_action": [str(alice.pk)]}
    client.post(_address(User, "changelist"), form)
    assert User.everyone.get(pk=alice.pk).deleted_at
    # Their row still opens.
    assert client.get(_address(User, "change", alice.pk)).status_code == 200


def test_staff_add_somebody(sam: User, client: Client) -> None:
    client.force_login(sam)
    password = "a horse of another battery"
    form = {"email": "New@Example.com", "password1": password, "password2": password}
    form |= {"usable_password": "true"}
    response = client.post(_address(User, "add"), form)
    assert response.status_code == 302, response.content.decode()[-3000:]
    assert User.objects.get(email="new@example.com").check_password(password)
    again = client.post(_address(User, "add"), form)
    assert again.status_code == 200
    assert b"already signs in" in again.content


def test_staff_change_somebody(alice: User, sam: User, client: Client) -> None:
    client.force_login(sam)
    form = {"email": "alice@example.com", "name": "Alice II", "time_zone": "UTC", "is_active": "on"}
    response = client.post(_address(User, "change", alice.pk), form)
    assert response.status_code == 302, response.content.decode()[-3000:]
    alice.refresh_from_db()
    assert alice.name == "Alice II"
