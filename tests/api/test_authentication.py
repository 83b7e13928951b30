"""Tokens, sessions and CSRF, on DRF's views and on the plain async ones."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from django.test import Client
from django.utils import timezone

from accounts.models import User
from api import limits
from api.models import ApiToken
from api.tokens import issue_token, revoke_token
from tests.envelope import assert_error
from tests.factories import make_draft

NOBODYS = UUID(int=7)
READ = ["/api/content", "/api/ai/generations", "/api/users/me"]
ANYWHERE = [
    ("get", "/api/content"),
    ("get", f"/api/ai/generations/{NOBODYS}/stream"),
    ("post", "/api/ai/generate"),
    ("post", "/api/ai/generate/stream"),
    ("post", "/api/content/generate"),
    ("post", f"/api/ai/generations/{NOBODYS}/cancel"),
    ("post", f"/api/ai/generations/{NOBODYS}/keep"),
    ("get", f"/api/ai/generations/{NOBODYS}"),
    ("get", "/api/ai/generations"),
    ("get", "/api/ai/usage"),
]
WRONG = [
    "Bearer",
    "Bearer ",
    "Bearer not-a-token",
    "Bearer a b",
    "Bearer \u00e9\u00e8",
    "Bearer " + "a" * 5_000,
    "Bearer \x7f",
    "Basic YWxpY2U6eA==",
    "Token abc",
]


@pytest.mark.parametrize(("method", "path"), ANYWHERE)
@pytest.mark.parametrize("header", ["", *WRONG])
def test_a_wrong_token_is_nobody(db: None, method: str, path: str, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    response = getattr(Client(headers=headers, raise_request_exception=False), method)(path)
    assert_error(response, 401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", READ)
def test_an_expired_token_is_nobody(alice: User, api_client: Any, path: str) -> None:
    client = api_client(alice)
    assert client.get(path).status_code == 200
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert_error(client.get(path), 401, "unauthorized")


def test_a_token_without_an_end_lasts(alice: User, api_client: Any) -> None:
    assert api_client(alice, life=None).get("/api/content").status_code == 200


@pytest.mark.parametrize("path", READ)
def test_a_revoked_token_is_nobody(alice: User, charlie: User, api_client: Any, path: str) -> None:
    client = api_client(alice)
    token = ApiToken.objects.get()
    with pytest.raises(ApiToken.DoesNotExist):
        revoke_token(by=charlie, token_id=token.id)
    assert client.get(path).status_code == 200
    revoke_token(by=alice, token_id=token.id)
    assert_error(client.get(path), 401, "unauthorized")


def test_somebody_who_is_switched_off_is_nobody(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    User.objects.update(is_active=False)
    assert_error(client.get("/api/content"), 401, "unauthorized")


def test_a_session_token_of_nobody_is_nobody(db: None, client: Client) -> None:
    response = client.get("/api/content", headers={"X-Session-Token": "nobody"})
    assert_error(response, 401, "unauthorized")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/api/content"),
        ("patch", "/api/users/me"),
        ("delete", "/api/users/me"),
        ("post", "/api/ai/generate"),
        ("post", "/api/ai/generate/stream"),
        ("post", "/api/content/generate"),
        ("post", f"/api/ai/generations/{NOBODYS}/cancel"),
    ],
)
def test_a_read_token_changes_nothing(
    alice: User, api_client: Any, scripted: Any, method: str, path: str
) -> None:
    client = api_client(alice, scope=ApiToken.Scope.READ)
    body = {"prompt": "x", "title": "x", "body": "x"}
    assert_error(getattr(client, method)(path, body, "application/json"), 403, "forbidden")
    assert scripted.requests == []
    assert client.get("/api/content").json()["pagination"]["total"] == 0


def test_only_a_digest_is_stored_and_the_use_is_noted(alice: User, api_client: Any) -> None:
    plain = issue_token(user=alice, name="ci")
    stored: Any = ApiToken.objects.get()
    assert plain not in stored.digest
    assert stored.last_used_at is None
    Client(headers={"Authorization": f"Bearer {plain}"}).get("/api/content")
    used: Any = ApiToken.objects.get()
    assert used.last_used_at is not None
    assert used.expiry > timezone.now() + timedelta(days=364)


@pytest.mark.parametrize(
    "path",
    [
        "/api/content",
        "/api/ai/generate",
        "/api/ai/generate/stream",
        "/api/content/generate",
        f"/api/ai/generations/{NOBODYS}/cancel",
    ],
)
@pytest.mark.parametrize("token", [None, "x" * 64])
def test_a_cookie_alone_is_not_enough(
    alice: User, scripted: Any, path: str, token: str | None
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    client.get("/auth/signin")
    headers = {"X-CSRFToken": token} if token else {}
    body = {"prompt": "x", "title": "x", "body": "x"}
    response = client.post(path, body, "application/json", headers=headers)
    assert_error(response, 403, "forbidden")
    assert scripted.requests == []


def test_a_cookie_with_its_csrf_token_is_enough(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    client.get("/account")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    body = {"title": "x", "body": "x"}
    response = client.post("/api/content", body, "application/json", headers=headers)
    assert response.status_code == 201


def test_a_token_needs_no_csrf(alice: User) -> None:
    headers = {"Authorization": f"Bearer {issue_token(user=alice, name='ci')}"}
    client = Client(enforce_csrf_checks=True, headers=headers)
    body = {"title": "x", "body": "x"}
    assert client.post("/api/content", body, "application/json").status_code == 201


def test_an_answer_is_in_the_callers_language(alice: User, charlie: User, api_client: Any) -> None:
    User.objects.filter(pk=alice.pk).update(language="fr")
    path = f"/api/content/{make_draft(charlie).id}"
    french = api_client(alice).get(path).json()["error"]
    english = api_client(charlie).get(f"/api/content/{NOBODYS}").json()["error"]
    assert french != english
    assert english == "There is nothing here."
    asked = Client().get("/api/content", headers={"Accept-Language": "fr"}).json()["error"]
    assert asked != Client().get("/api/content").json()["error"]


def test_a_refusal_is_in_the_callers_language_whoever_refuses(
    alice: User, api_client: Any, monkeypatch: Any
) -> None:
    User.objects.filter(pk=alice.pk).update(language="fr")
    monkeypatch.setattr(limits, "_rates_of", lambda _plan: (0, 0))
    monkeypatch.setattr(limits, "ANONYMOUS", (limits.Window(0, 10),))
    asks = {"Accept-Language": "fr"}
    for path in ("/api/content", f"/api/ai/generations/{NOBODYS}/stream"):
        chosen = api_client(alice).get(path)
        asked = Client().get(path, headers=asks)
        for response in (chosen, asked):
            assert_error(response, 429, "rate_limited")
            assert response.json()["error"].startswith("Trop de demandes")
            assert response.headers["Content-Language"] == "fr"


@pytest.mark.parametrize("name", [r'"\000abcdefghij"', r'"\377\376abcdefgh"', '"a b c d e f"'])
def test_a_session_that_we_never_named_is_none(name: str, db: None) -> None:
    cookie = {"Cookie": f"sessionid={name}"}
    assert_error(Client().get("/api/content", headers=cookie), 401, "unauthorized")
    sent = Client().post("/api/ai/generate", {}, "application/json", headers=cookie)
    assert_error(sent, 401, "unauthorized")
    assert Client().get("/studio", headers=cookie).status_code == 302


def test_an_account_that_closes_while_it_calls_is_nobodys(alice: User, monkeypatch: Any) -> None:
    def look(*_: object) -> tuple[User, None]:
        User.everyone.filter(pk=alice.pk).update(deleted_at=timezone.now(), is_active=False)
        return alice, None

    monkeypatch.setattr(XSessionTokenAuthentication, "authenticate", look)
    assert_error(Client().get("/api/content"), 401, "unauthorized")
