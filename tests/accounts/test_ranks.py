"""Nobody reaches above themselves: who runs everything is safe from staff who do not."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from accounts.services import close_account, update_profile
from tests.cast import open_cast_account
from tests.envelope import assert_error


@pytest.fixture
def clerk(db: None) -> User:
    """Staff who may change people, and no more."""
    user = open_cast_account("clerk", is_staff=True)
    names = ("view_user", "change_user", "add_user")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


def test_a_clerk_neither_closes_nor_changes_who_runs_everything(clerk: User, sam: User) -> None:
    with pytest.raises(PermissionError):
        close_account(by=clerk, user=sam)
    with pytest.raises(PermissionError):
        update_profile(by=clerk, user=sam, changes={"is_active": False})
    sam.refresh_from_db()
    assert sam.is_active
    assert sam.deleted_at is None


def test_nor_over_http(clerk: User, sam: User, alice: User, api_client: Any) -> None:
    client, path = api_client(clerk), f"/api/users/{sam.pk}"
    assert_error(client.delete(path), 403, "forbidden")
    response = client.patch(path, {"isActive": False}, "application/json")
    assert_error(response, 403, "forbidden")
    assert client.delete(f"/api/users/{alice.pk}").status_code == 204


def test_nor_in_the_admin(clerk: User, sam: User, alice: User, client: Client) -> None:
    client.force_login(clerk)
    form = {"action": "close_accounts", "_selected_action": [str(sam.pk), str(alice.pk)]}
    client.post("/admin/accounts/user/", form)
    assert User.objects.filter(pk__in=[sam.pk, alice.pk]).count() == 2
    form = {"name": "Alice", "time_zone": "UTC", "is_active": "on", "is_superuser": "on"}
    client.post(f"/admin/accounts/user/{alice.pk}/change/", {**form, "is_staff": "on"})
    alice.refresh_from_db()
    assert not alice.is_staff
    assert not alice.is_superuser


def test_the_admin_leaves_an_email_to_its_owner(alice: User, sam: User, client: Client) -> None:
    client.force_login(sam)
    form = {"email": "other@example.com", "name": "Alice", "time_zone": "UTC", "is_active": "on"}
    client.post(f"/admin/accounts/user/{alice.pk}/change/", form)
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_somebody_whom_the_admin_adds_can_sign_in(sam: User, client: Client) -> None:
    client.force_login(sam)
    password = "a horse of another battery"
    form = {"email": "new@example.com", "password1": password, "password2": password}
    client.post("/admin/accounts/user/add/", {**form, "usable_password": "true"})
    assert EmailAddress.objects.get(email="new@example.com").verified
    fresh = Client()
    response = fresh.post("/auth/signin", {"login": "new@example.com", "password": password})
    assert response.headers["Location"] == "/studio"
    assert fresh.get("/api/auth/session").json()["user"]["email"] == "new@example.com"


def test_pages_of_somebody_are_not_kept_by_the_browser(alice: User, client: Client) -> None:
    assert "no-store" not in client.get("/").headers.get("Cache-Control", "")
    client.force_login(alice)
    assert client.get("/studio").headers["Cache-Control"] == "private, no-store"
