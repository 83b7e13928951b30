"""What a page tells of others, and what a browser may keep of it."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts.middleware import PreferencesMiddleware
from accounts.models import User
from tests.factories import make_draft

FRESH = "someone@example.com"
SIGNED_IN = ["/studio", "/studio/create", "/studio/content", "/account", "/billing", "/admin/"]
PUBLIC = ["/", "/healthz", "/api/schema", "/i18n/setlang", "/none-such"]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"|csrf[^"]*"[^"]+"')


@pytest.fixture(autouse=True)
def _no_attempts_yet() -> None:
    cache.clear()


def _pages(email: str, language: str, **more: str) -> list[Any]:
    """What somebody sees who signs up: each page without its tokens and their email."""
    client = Client(headers={"Accept-Language": language})
    posted = client.post("/auth/signup", {"email": email, **more})
    answers = [posted, client.get("/auth/verify")]
    answers.append(client.post("/auth/verify", {"code": "000000"}))
    answers.append(client.post("/auth/verify", {"action": "resend"}))
    answers.append(client.get("/auth/verify"))
    return [_told(answer, email) for answer in answers]


def _told(answer: Any, email: str) -> tuple[int, str, set[str], str]:
    page = TOKEN.sub("", answer.content.decode()).replace(email, "EMAIL")
    return answer.status_code, answer.headers.get("Location", ""), set(answer.cookies), page


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("password", ["", "a horse of another battery"])
def test_signing_up_does_not_tell_who_has_an_account(
    alice: User, language: str, password: str
) -> None:
    more = {"password1": password} if password else {}
    known = _pages(alice.email, language, **more)
    cache.clear()
    fresh = _pages(FRESH, language, **more)
    assert "EMAIL" in fresh[1][3]
    assert known == fresh


def test_what_somebody_saw_is_not_kept(sam: User, client: Client) -> None:
    content = make_draft(sam)
    client.force_login(sam)
    for path in [*SIGNED_IN, f"/studio/content/{content.id}", "/"]:
        response = client.get(path, follow=True)
        assert response.status_code == 200, path
        told = response.headers["Cache-Control"]
        assert {"private", "no-store"} <= set(told.split(", ")), (path, told)


@pytest.mark.parametrize("path", PUBLIC)
def test_what_everybody_sees_may_be_kept(db: None, path: str) -> None:
    assert "no-store" not in Client().get(path).headers.get("Cache-Control", "")


def test_the_api_says_itself_what_may_be_kept(alice: User, client: Client) -> None:
    client.force_login(alice)
    response = client.get("/api/users/me")
    assert "no-store" not in response.headers.get("Cache-Control", "")


@pytest.mark.parametrize("path", ["/auth/google", "/auth/google/callback"])
def test_google_is_nowhere_without_its_key(db: None, path: str) -> None:
    for method in ("get", "post"):
        assert getattr(Client(), method)(path).status_code == 404


async def test_the_answer_is_marked_without_a_look_into_the_session(alice: User) -> None:
    """A view may leave a session that is not loaded; loading it in async code is refused."""

    class Unloaded:
        def __contains__(self, key: str) -> bool:
            raise AssertionError(key)

    async def view(request: Any) -> HttpResponse:
        request.session = Unloaded()
        return HttpResponse()

    for user, expected in ((alice, "private, no-store"), (AnonymousUser(), None)):
        request: Any = RequestFactory().get("/studio")

        async def auser(user: Any = user) -> Any:
            return user

        request.auser = auser
        response = await PreferencesMiddleware(view)(request)
        assert response.headers.get("Cache-Control") == expected
