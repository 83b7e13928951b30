"""Opening, changing and closing accounts."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from accounts.services import close_account, open_account, update_profile
from accounts.signals import account_closed
from api.models import ApiToken
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db


def test_an_account_opens_with_a_verified_email() -> None:
    user = open_account(email="Ada@Example.com", name="Ada")
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.verified, address.primary) == ("ada@example.com", True, True)
    assert not user.has_usable_password()


def test_an_email_that_is_taken_is_refused(alice: User) -> None:
    with pytest.raises(ValidationError, match="already signs in"):
        open_account(email="ALICE@example.com")


def test_somebody_changes_their_own_profile(alice: User) -> None:
    changes = {"name": "Alice L.", "handle": "alice_l", "time_zone": "Europe/Paris"}
    update_profile(by=alice, user=alice, changes=changes)
    alice.refresh_from_db()
    assert {name: getattr(alice, name) for name in changes} == changes


@pytest.mark.parametrize("field", ["email", "is_staff", "is_superuser", "is_active", "deleted_at"])
def test_nobody_promotes_themselves(alice: User, field: str) -> None:
    with pytest.raises(PermissionError, match=field):
        update_profile(by=alice, user=alice, changes={field: True})


def test_staff_switch_somebody_off_but_not_themselves(alice: User, sam: User) -> None:
    update_profile(by=sam, user=alice, changes={"is_active": False})
    alice.refresh_from_db()
    assert not alice.is_active
    with pytest.raises(PermissionError):
        update_profile(by=sam, user=sam, changes={"is_active": False})


def test_a_taken_handle_is_refused(alice: User, charlie: User) -> None:
    update_profile(by=charlie, user=charlie, changes={"handle": "clay"})
    with pytest.raises(ValidationError, match="taken"):
        update_profile(by=alice, user=alice, changes={"handle": "clay"})


def test_closing_frees_the_email(alice: User) -> None:
    close_account(by=alice, user=alice)
    assert not EmailAddress.objects.filter(email="alice@example.com").exists()
    assert open_account(email="alice@example.com") != alice
    closed = User.everyone.get(pk=alice.pk)
    assert closed.deleted_at
    assert not closed.is_active
    assert not closed.check_password(PASSWORD)


def test_closing_ends_sessions(alice: User, client: Client) -> None:
    client.force_login(alice)
    assert client.get("/api/auth/session").json()["user"]["email"] == "alice@example.com"
    close_account(by=alice, user=alice)
    assert client.get("/api/auth/session").json() == {}
    assert client.get("/api/content").status_code == 401


def test_closing_removes_the_rows_of_sessions(alice: User, client: Client) -> None:
    form = {"login": "alice@example.com", "password": PASSWORD}
    client.post("/auth/signin", form)
    assert Session.objects.count() == 1
    close_account(by=alice, user=alice)
    assert Session.objects.count() == 0


def test_closing_ends_tokens_and_nobody_elses(alice: User, charlie: User, api_client: Any) -> None:
    hers, his = api_client(alice), api_client(charlie)
    close_account(by=alice, user=alice)
    assert hers.get("/api/content").status_code == 401
    assert his.get("/api/content").status_code == 200
    assert not ApiToken.objects.filter(user=alice).exists()


def test_closing_twice_is_once(alice: User, sam: User) -> None:
    heard: list[User] = []

    def listen(user: User, **_: Any) -> None:
        heard.append(user)

    account_closed.connect(listen)
    try:
        close_account(by=alice, user=alice)
        first = User.everyone.get(pk=alice.pk).deleted_at
        close_account(by=sam, user=alice)
    finally:
        account_closed.disconnect(listen)
    assert heard == [alice]
    assert User.everyone.get(pk=alice.pk).deleted_at == first
