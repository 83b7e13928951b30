"""The envelope, wherever an error comes from."""

from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError
from django.test import Client

from accounts.models import User
from content.api import ContentViewSet
from tests.envelope import assert_error


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/content/",
        "/api/content/not-a-uuid",
        "/api/users/me/x",
    ],
)
def test_an_address_that_is_none(client: Client, db: None, path: str) -> None:
    for method in ("get", "post", "delete"):
        assert_error(getattr(client, method)(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("put", "/api/content", "GET"),
        ("delete", "/api/content", "POST"),
        ("post", "/api/users/me", "PATCH"),
        ("get", "/api/ai/generate", "POST"),
        ("put", "/api/ai/generate/stream", "POST"),
        ("get", "/api/content/generate", "POST"),
        ("post", "/api/ai/generations", "GET"),
        ("delete", "/api/ai/usage", "GET"),
        ("post", "/api/ai/generations/6f7f47a4-54b4-4bd9-a61d-8a76dc4a8b4a/stream", "GET"),
        ("get", "/api/ai/generations/6f7f47a4-54b4-4bd9-a61d-8a76dc4a8b4a/cancel", "POST"),
        ("get", "/api/content/6f7f47a4-54b4-4bd9-a61d-8a76dc4a8b4a/revert", "POST"),
    ],
)
def test_a_method_that_is_not_taken(
    alice: User, api_client: Any, method: str, path: str, allowed: str
) -> None:
    response = getattr(api_client(alice), method)(path)
    assert_error(response, 405, "method_not_allowed")
    assert allowed in response.headers["Allow"]


def _break(monkeypatch: Any, error: Exception) -> None:
    def fail(*_args: Any) -> None:
        raise error

    monkeypatch.setattr(ContentViewSet, "get_queryset", fail)


def test_a_defect_says_nothing_of_itself(alice: User, api_client: Any, monkeypatch: Any) -> None:
    _break(monkeypatch, RuntimeError("the secret is sk-live-123"))
    response = api_client(alice).get("/api/content")
    assert_error(response, 500, "server_error")
    assert b"sk-live" not in response.content
    assert b"Traceback" not in response.content


def test_a_constraint_that_a_twin_broke_first_is_a_conflict(
    alice: User, api_client: Any, monkeypatch: Any
) -> None:
    def fail(**_fields: Any) -> None:
        raise IntegrityError("duplicate key value (email)=(secret@example.com)")

    monkeypatch.setattr("content.services.create_draft", fail)
    draft = {"title": "x", "body": "x"}
    response = api_client(alice).post("/api/content", draft, "application/json")
    assert_error(response, 409, "conflict")
    assert b"secret" not in response.content


def test_every_answer_has_an_id_of_its_own(client: Client, db: None) -> None:
    ids = {client.get(path).headers["X-Request-ID"] for path in ("/healthz", "/api/content", "/x")}
    assert len({UUID(each) for each in ids}) == 3


def test_a_foreign_host_is_refused_in_the_envelope(client: Client, db: None) -> None:
    response = client.get("/api/content", headers={"Host": "evil.example.com"})
    assert_error(response, 400, "bad_request")


def test_only_json_is_spoken(alice: User, api_client: Any) -> None:
    response = api_client(alice).get("/api/content", headers={"Accept": "text/html"})
    assert response.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(("path", "status"), [("/api/nothing", 404), ("/api/content", 500)])
def test_no_page_is_rendered_for_a_program(
    alice: User, api_client: Any, monkeypatch: Any, settings: Any, path: str, status: int
) -> None:
    # Whatever is wrong with the templates, the API is none of it.
    broken = dict.fromkeys(("404.html", "500.html"), "{% url 'no-such-route' %}")
    options = {"loaders": [("django.template.loaders.locmem.Loader", broken)]}
    engine = {"BACKEND": settings.TEMPLATES[0]["BACKEND"], "OPTIONS": options}
    settings.TEMPLATES = [engine]
    _break(monkeypatch, RuntimeError("defect"))
    response = api_client(alice).get(path)
    assert_error(response, status, "not_found" if status == 404 else "server_error")


def test_a_page_from_elsewhere_may_read_what_no_view_has_answered(
    client: Client, db: None, settings: Any
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://spa.example"]
    for path in ("/api/ai/generate", "/api/nothing"):
        response = client.get(path, headers={"Origin": "https://spa.example"})
        assert response.status_code in {404, 405}
        assert response.headers["Access-Control-Allow-Origin"] == "https://spa.example"
        assert "retry-after" in response.headers["Access-Control-Expose-Headers"]
        assert "origin" in response.headers["Vary"]


@pytest.mark.parametrize("body", ["[1]", '"x"', "5", "{", "null"])
def test_signing_in_refuses_what_is_no_object_in_json(client: Client, db: None, body: str) -> None:
    answer = client.post("/_allauth/app/v1/auth/login", body, "application/json")
    assert assert_error(answer, 400, "bad_request")["status"] == 400


def test_signing_in_without_the_csrf_token_is_refused_in_json(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/_allauth/browser/v1/auth/login", {}, "application/json")
    assert assert_error(answer, 403, "forbidden")["status"] == 403
    page = client.post("/auth/signin", {})
    assert page.status_code == 403
    assert page.headers["Content-Type"].startswith("text/html")
