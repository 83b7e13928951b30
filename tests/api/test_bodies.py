"""Bodies and accepted types that no polite client sends, and parts that are away."""

from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.test import AsyncClient, Client, RequestFactory
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import ConnectionError as RedisAway

from accounts.models import User
from ai import ledger
from ai.database import in_database
from api.body import BodyLengthMiddleware
from api.tokens import issue_token
from content.api import ContentViewSet
from tests.envelope import assert_error
from tests.factories import make_draft

JSON = "application/json"
AWAY = [
    OperationalError("connection to 10.0.0.7 failed"),
    InterfaceError("the connection is closed at 10.0.0.7"),
    RedisAway("Error 111 connecting to 10.0.0.7"),
    ConnectionInterrupted(connection=None),
]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (r'{"a\ud800": "x"}', "body"),
        (r'{"\udfff": {"deep": "x"}}', "body"),
        (r'{"a\u0000": 1}', "body"),
        (r'{"a": {"b\ud800": "x"}}', "a"),
        (r'{"a": [1, {"\udc00": "x"}]}', "a.1"),
        (r'{"title": "x\ud800"}', "title"),
        (r'{"\ud800": "\ud800"}', "body"),
    ],
)
@pytest.mark.parametrize("address", ["/api/content", "/api/ai/generate"])
def test_half_a_character_is_refused_by_a_path_that_can_be_sent(
    alice: User, api_client: Any, transactional_db: None, address: str, body: str, path: str
) -> None:
    response = api_client(alice).post(address, body, JSON)
    assert_error(response, 400, "validation_error", path)
    assert response.content.decode().encode()


def test_a_whole_character_in_two_halves_is_taken(alice: User, api_client: Any) -> None:
    body = r'{"title": "\ud83c\udffa", "body": "x"}'
    response = api_client(alice).post("/api/content", body, JSON)
    assert response.json()["title"] == "🏺"


@pytest.mark.parametrize("accept", ["image/png", "text/plain", "application/xml;q=0.5"])
def test_other_types_are_refused_in_words_of_their_own(
    alice: User, api_client: Any, accept: str
) -> None:
    response = api_client(alice).get("/api/content", headers={"Accept": accept})
    body = assert_error(response, 406, "not_acceptable")
    assert body["error"] == "We answer with application/json."
    headers = {"Accept": accept, "Accept-Language": "fr"}
    french = api_client(alice).get("/api/content", headers=headers).json()["error"]
    assert french == "Nous répondons en application/json."


@pytest.mark.parametrize("format_", ["html", "api", "json", "xml", ""])
def test_a_format_in_the_address_is_ignored(alice: User, api_client: Any, format_: str) -> None:
    content = make_draft(alice)
    for path in ("/api/content", f"/api/content/{content.id}", "/api/users/me"):
        response = api_client(alice).get(path, {"format": format_})
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith(JSON)


@pytest.mark.parametrize("error", AWAY)
def test_what_is_away_is_said_and_no_more(
    alice: User, api_client: Any, monkeypatch: Any, error: Exception
) -> None:
    def fail(*_args: Any) -> None:
        raise error

    monkeypatch.setattr(ContentViewSet, "get_queryset", fail)
    response = api_client(alice).get("/api/content")
    assert_error(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert b"10.0.0.7" not in response.content


@pytest.mark.parametrize("error", AWAY)
async def test_views_that_wait_say_it_too(
    transactional_db: None, scripted: Any, alice: User, monkeypatch: Any, error: Exception
) -> None:
    def fail(**_facts: Any) -> None:
        raise error

    monkeypatch.setattr(ledger, "open_generation", fail)
    token = await in_database(issue_token, user=alice, name="test")
    response = await AsyncClient().post(
        "/api/ai/generate", {"prompt": "x"}, JSON, headers={"Authorization": f"Bearer {token}"}
    )
    assert_error(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0


def test_a_database_that_is_away_before_the_caller_is_known(
    client: Client, db: None, monkeypatch: Any
) -> None:
    def fail(*_args: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("api.principal._token_by_digest", fail)
    response = client.get("/api/content", headers={"Authorization": "Bearer x"})
    assert_error(response, 503, "unavailable")


@pytest.mark.parametrize(
    ("method", "path", "length"),
    [
        ("POST", "/api/content", "4"),
        ("DELETE", "/api/content", "4"),
        ("POST", "/studio/content/new", ""),
        ("GET", "/api/content", ""),
    ],
)
def test_a_length_is_measured_where_the_api_needs_one(method: str, path: str, length: str) -> None:
    request = RequestFactory().generic(method, path, b"{\n }", content_type=JSON)
    request.META["CONTENT_LENGTH"] = ""
    BodyLengthMiddleware(lambda _request: None)(request)
    assert request.META["CONTENT_LENGTH"] == length
