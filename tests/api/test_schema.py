"""The API's description: valid, complete, and true of what is answered."""

import re
from functools import cache
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from huntaze.api_urls import urlpatterns

UNDESCRIBED = {"/api/docs"}


@cache
def schema() -> dict[str, Any]:
    described: dict[str, Any] = Client().get("/api/schema").json()
    return described


def _paths() -> set[str]:
    """Every route under /api, as the description writes them."""
    return {f"/api/{re.sub(r'<[^>]+>', '{}', str(route.pattern))}" for route in urlpatterns}


def test_the_description_is_valid_and_public(db: None) -> None:
    validate(schema(), cls=OpenAPIV31SpecValidator)
    assert schema()["openapi"].startswith("3.1")


def test_every_route_is_described(db: None) -> None:
    described = {re.sub(r"\{[^}]+\}", "{}", path) for path in schema()["paths"]}
    assert _paths() - described == UNDESCRIBED
    assert described <= _paths()


def test_no_described_method_is_refused_and_no_other_is_taken(db: None) -> None:
    client = Client()
    for path, operations in schema()["paths"].items():
        address = re.sub(r"\{[^}]+\}", "00000000-0000-4000-8000-000000000000", path)
        for method in ("get", "post", "patch", "put", "delete"):
            status = client.generic(method.upper(), address).status_code
            if method in operations:
                assert status in {200, 401, 404}, (method, path, status)
            else:
                assert status in {401, 405}, (method, path, status)


def test_every_operation_says_how_it_fails(db: None) -> None:
    for path, operations in schema()["paths"].items():
        for method, operation in operations.items():
            errors = {status for status in operation["responses"] if status >= "400"}
            assert "400" in errors, (method, path)
            is_public = {} in operation.get("security", []) or not operation.get("security", [{}])
            assert is_public or "401" in errors, (method, path)
            for status in errors:
                content = operation["responses"][status]["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Error"}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/users", "users"),
        ("/api/content", "content"),
        ("/api/ai/generations", "generations"),
    ],
)
def test_a_list_is_described_by_its_name(db: None, path: str, name: str) -> None:
    answer = schema()["paths"][path]["get"]["responses"]["200"]
    reference = answer["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
    assert set(schema()["components"]["schemas"][reference]["required"]) == {name, "pagination"}


def test_every_property_is_in_camel_case(db: None) -> None:
    for name, each in schema()["components"]["schemas"].items():
        for key in each.get("properties", {}):
            assert "_" not in key, (name, key)


def test_the_page_to_try_it_is_ours_alone(client: Client, db: None) -> None:
    response = client.get("/api/docs")
    assert response.status_code == 200
    sources = re.findall(rb"(?:src|href)=\"([^\"]+)\"", response.content)
    assert sources
    assert all(source.startswith(b"/") and b"//" not in source for source in sources), sources
    assert not re.search(rb"<script(?![^>]*src=)[^>]*>[^<]*\S", response.content)
    assert not re.search(rb"<style|style=", response.content)
