"""The three headers are on every answer, whoever produced it."""

from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

from accounts.models import User
from api.tokens import issue_token
from content.api import ContentViewSet
from tests.api.standing import NAMES, standing
from tests.factories import make_draft

JSON = "application/json"
pytestmark = pytest.mark.usefixtures("clock")
NOBODYS = "00000000-0000-0000-0000-000000000007"


@pytest.mark.parametrize(
    ("method", "path", "extra", "status"),
    [
        ("get", "/api/content", {}, 401),
        ("get", "/api/nothing", {}, 404),
        ("get", "/api", {}, 404),
        ("put", "/api/content", {}, 401),
        ("put", "/api/ai/generate", {}, 405),
        ("get", "/api/schema", {}, 200),
        ("get", "/api/docs", {}, 200),
        ("get", "/api/billing/plans", {}, 200),
        ("get", "/api/content", {"HTTP_HOST": "evil.example"}, 400),
        ("get", "/api/nothing", {"HTTP_HOST": "evil.example"}, 400),
    ],
)
def test_every_answer_says_where_nobody_stands(
    db: None, method: str, path: str, extra: dict[str, Any], status: int
) -> None:
    client = Client(raise_request_exception=False)
    response = client.generic(method.upper(), path, **extra)
    assert (response.status_code, *standing(response)) == (status, 10, 9)


def test_what_stands_before_the_count_says_the_limit(db: None, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://spa.example"]
    asks = {"Origin": "https://spa.example", "Access-Control-Request-Method": "GET"}
    response = Client().options("/api/docs", headers=asks)
    assert (response.status_code, *standing(response)) == (200, 60, 60)
    settings.SECURE_SSL_REDIRECT = True
    response = Client().get("/api/docs")
    assert (response.status_code, *standing(response)) == (301, 60, 60)


def test_every_answer_says_where_somebody_stands(
    alice: User, api_client: Any, scripted: Any, monkeypatch: Any
) -> None:
    client = api_client(alice)
    piece = f"/api/content/{make_draft(alice).id}"
    tag = client.get(piece).headers["ETag"]
    big = b'{"title": "' + b"x" * configured.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'

    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    def calls() -> Any:
        yield 304, client.get(piece, headers={"If-None-Match": tag})
        yield 400, client.post("/api/content", b"{", JSON)
        yield 404, client.get(f"/api/content/{NOBODYS}")
        yield 404, client.get("/api/nothing")
        yield 405, client.put(piece, {}, JSON)
        yield 409, client.patch(piece, {"title": "y", "version": 9}, JSON)
        yield 413, client.post("/api/content", big, JSON)
        yield 415, client.post("/api/content", b"x", "text/plain")
        yield 204, client.delete(piece)
        yield 404, client.get(f"/api/ai/generations/{NOBODYS}/stream")
        yield 405, client.get("/api/ai/generate")
        monkeypatch.setattr(ContentViewSet, "get_queryset", fail)
        yield 500, client.get("/api/content")

    for number, (status, response) in enumerate(calls(), 2):
        assert (response.status_code, *standing(response)) == (status, 60, 60 - number)


def test_a_cookie_without_its_csrf_token_counts_too(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post("/api/content", {}, JSON)
    assert (response.status_code, *standing(response)) == (403, 60, 59)


def test_the_webhook_is_not_counted(db: None) -> None:
    for _ in range(12):
        response = Client().post("/api/billing/webhooks", b"{}", JSON)
        assert response.status_code != 429
        assert not set(NAMES) & set(response.headers)
    assert standing(Client().get("/api/auth/session")) == (10, 9)


def test_pages_are_not_counted(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    response = client.get("/studio")
    assert not set(NAMES) & set(response.headers)
    assert standing(client.get("/api/content")) == (60, 59)


async def test_a_stream_says_where_somebody_stands(
    transactional_db: None, async_client: Any, scripted: Any
) -> None:
    from asgiref.sync import sync_to_async

    from tests.cast import open_cast_account

    user = await sync_to_async(open_cast_account)("alice")
    token = await sync_to_async(issue_token)(user=user, name="test")
    response = await async_client.post(
        "/api/ai/generate/stream",
        {"prompt": "x"},
        JSON,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert response.streaming
    assert standing(response) == (10, 9)
    async for _ in response.streaming_content:
        pass
