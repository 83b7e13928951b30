"""Staff who run less than everything do not reach above themselves."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.cast import PASSWORD, open_cast_account
from tests.envelope import assert_error

JSON = "application/json"
CHANGELIST = "/admin/accounts/user/"
NEW_PASSWORD = "a horse of another battery"


@pytest.fixture
def pat(db: None) -> User:
    """Staff who may look after people, and run nothing else."""
    user = open_cast_account("pat", is_staff=True)
    codes = ("view_user", "add_user", "change_user")
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    return user


def _address(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def _form(user: User, **more: Any) -> dict[str, Any]:
    facts = {"email": user.email, "name": user.name, "time_zone": "UTC", "language": ""}
    return {**facts, "is_active": "on", **more}


def _close(client: Client, *people: User) -> str:
    form = {"action": "close_accounts", "_selected_action": [str(user.pk) for user in people]}
    return client.post(CHANGELIST, form, follow=True).content.decode()


def test_staff_close_whom_they_may(alice: User, pat: User, client: Client) -> None:
    client.force_login(pat)
    _close(client, alice)
    assert User.everyone.get(pk=alice.pk).deleted_at


def test_nobody_is_closed_when_one_stands_above(
    alice: User, sam: User, pat: User, client: Client
) -> None:
    client.force_login(pat)
    page = _close(client, alice, sam)
    assert "None was closed." in page
    assert not User.everyone.exclude(deleted_at=None).exists()
    assert client.get(_address(alice)).status_code == 200


def test_who_only_looks_closes_nobody(alice: User, pat: User, client: Client) -> None:
    pat.user_permissions.set(Permission.objects.filter(codename="view_user"))
    client.force_login(pat)
    _close(client, alice)
    assert not User.everyone.exclude(deleted_at=None).exists()


def test_who_stands_above_is_not_changed_in_the_admin(sam: User, pat: User, client: Client) -> None:
    client.force_login(pat)
    before = User.objects.filter(pk=sam.pk).values().get()
    client.post(_address(sam), _form(sam, name="Sam the lesser", is_active=""))
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    client.post(f"/admin/accounts/user/{sam.pk}/password/", form)
    form = {"password1": "", "password2": "", "usable_password": "false"}
    client.post(f"/admin/accounts/user/{sam.pk}/password/", form)
    assert User.objects.filter(pk=sam.pk).values().get() == before
    sam.refresh_from_db()
    assert sam.check_password(PASSWORD)


def test_who_stands_above_is_not_reached_over_the_api(
    sam: User, pat: User, api_client: Any
) -> None:
    client, path = api_client(pat), f"/api/users/{sam.pk}"
    assert_error(client.delete(path), 403, "forbidden")
    for changes in ({"isActive": False}, {"name": "Sam the lesser"}, {"handle": "lesser"}):
        assert_error(client.patch(path, changes, JSON), 403, "forbidden")
    sam.refresh_from_db()
    assert (sam.is_active, sam.name, sam.deleted_at) == (True, "Sam", None)


@pytest.mark.parametrize("whom", ["alice", "pat"])
def test_nobody_is_raised_by_who_is_no_superuser(
    alice: User, pat: User, client: Client, api_client: Any, whom: str
) -> None:
    group = Group.objects.create(name="everything")
    permission = Permission.objects.get(codename="delete_user")
    user = {"alice": alice, "pat": pat}[whom]
    had = set(user.get_all_permissions())
    client.force_login(pat)
    rank: dict[str, Any] = {"is_staff": "on", "is_superuser": "on", "groups": [group.pk]}
    form = _form(user, name="Changed", **rank, user_permissions=[permission.pk])
    assert client.post(_address(user), form).status_code == 302
    for name in ("isStaff", "isSuperuser", "is_staff", "is_superuser", "groups"):
        api_client(pat).patch(f"/api/users/{user.pk}", {name: True}, JSON)
    found = User.objects.get(pk=user.pk)
    assert found.name == "Changed"
    assert (found.is_staff, found.is_superuser) == (whom == "pat", False)
    assert not found.groups.exists()
    assert set(found.get_all_permissions()) == had


def test_a_superuser_raises_and_closes_their_like(
    alice: User, sam: User, client: Client, api_client: Any
) -> None:
    client.force_login(sam)
    form = _form(alice, is_staff="on", is_superuser="on")
    assert client.post(_address(alice), form).status_code == 302
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser) == (True, True)
    assert api_client(sam).delete(f"/api/users/{alice.pk}").status_code == 204


@pytest.mark.parametrize("who", ["sam", "pat"])
def test_an_email_is_its_owners_to_change(
    alice: User, sam: User, pat: User, client: Client, who: str
) -> None:
    client.force_login({"sam": sam, "pat": pat}[who])
    assert b'name="email"' not in client.get(_address(alice)).content
    form = _form(alice, email="mine@example.com")
    assert client.post(_address(alice), form).status_code == 302
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert EmailAddress.objects.get(user=alice).email == "alice@example.com"


@pytest.mark.parametrize("who", ["sam", "pat"])
def test_who_is_added_in_the_admin_may_sign_in(
    sam: User, pat: User, client: Client, who: str
) -> None:
    client.force_login({"sam": sam, "pat": pat}[who])
    form = {"email": "New@Example.com", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    form |= {"usable_password": "true", "is_staff": "on", "is_superuser": "on"}
    assert client.post(f"{CHANGELIST}add/", form).status_code == 302
    user = User.objects.get(email="new@example.com")
    assert (user.is_staff, user.is_superuser) == (False, False)
    known = EmailAddress.objects.get(user=user)
    assert (known.email, known.verified, known.primary) == (user.email, True, True)
    form = {"login": user.email, "password": NEW_PASSWORD}
    assert Client().post("/auth/signin", form).headers["Location"] == "/studio"
