"""`manage.py issue_token`: one line on stdout, and nothing else."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from api.models import ApiToken
from billing.entitlements import entitlements
from billing.models import PlanGrant

pytestmark = pytest.mark.django_db


def _run(*arguments: str, capsys: Any) -> str:
    out = io.StringIO()
    call_command("issue_token", *arguments, stdout=out)
    printed = capsys.readouterr().out
    assert printed == ""
    token = out.getvalue()
    assert token.count("\n") == 1
    assert token.strip().isalnum()
    return token.strip()


def _get(token: str, path: str) -> Any:
    return Client(headers={"Authorization": f"Bearer {token}"}).get(path)


def test_it_prints_a_token_that_works(alice: User, capsys: Any) -> None:
    token = _run("Alice@Example.com", capsys=capsys)
    assert _get(token, "/api/users/me").json()["email"] == "alice@example.com"
    stored = ApiToken.objects.get()
    assert not stored.is_unthrottled
    assert not stored.is_unlimited
    assert token not in (stored.digest, stored.name)


def test_it_makes_the_account_only_when_asked(capsys: Any) -> None:
    with pytest.raises(CommandError, match="--create"):
        call_command("issue_token", "new@example.com")
    assert not User.objects.exists()
    token = _run("new@example.com", "--create", capsys=capsys)
    assert _get(token, "/api/users/me").json()["email"] == "new@example.com"
    _run("new@example.com", "--create", capsys=capsys)
    assert User.objects.count() == 1


def test_every_flag_at_once(capsys: Any) -> None:
    flags = ("--create", "--plan", "ENTERPRISE", "--unthrottled", "--unlimited", "--staff")
    token = _run("load@example.com", *flags, capsys=capsys)
    user = User.objects.get()
    assert user.is_staff
    assert entitlements(user).plan.name == "ENTERPRISE"
    stored = ApiToken.objects.get()
    assert stored.is_unthrottled
    assert stored.is_unlimited
    assert _get(token, "/api/users").status_code == 200


def test_unthrottled_lifts_the_rates_alone(alice: User, capsys: Any) -> None:
    _run(alice.email, "--unthrottled", capsys=capsys)
    stored = ApiToken.objects.get()
    assert stored.is_unthrottled
    assert not stored.is_unlimited


def test_a_plan_that_holds_already_is_not_granted_again(bob: User, capsys: Any) -> None:
    _run(bob.email, "--plan", "PRO", capsys=capsys)
    assert PlanGrant.objects.filter(user=bob).count() == 1


@pytest.mark.parametrize(
    "arguments", [("no address", "--create"), ("a@example.com", "--plan", "GOLD"), ()]
)
def test_it_refuses_in_words(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("issue_token", *arguments)
    assert not ApiToken.objects.exists()


def test_somebody_who_is_switched_off_gets_no_token(alice: User) -> None:
    alice.is_active = False
    alice.save()
    with pytest.raises(CommandError, match="switched off"):
        call_command("issue_token", alice.email, "--create")
