"""The API's description: valid, complete, and true of what is answered."""

import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest
from django.core.cache import cache as shared
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from accounts.models import User
from ai.description import frames
from api.description.headers import EVERYWHERE
from api.schema import NOT_BLANK
from huntaze.api_urls import urlpatterns
from huntaze.description import views
from huntaze.description.hooks import OPERATIONS
from huntaze.description.views import description
from tests.described import judge
from tests.envelope import assert_error

# A page, and what Stripe alone may call, as Stripe describes it.
UNDESCRIBED = {"/api/docs", "/api/billing/webhooks"}


@cache
def schema() -> dict[str, Any]:
    described: dict[str, Any] = Client().get("/api/schema").json()
    return described


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, method, operation) of each."""
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            yield path, method, {"parameters": [], **operation}


def resolved(found: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to."""
    return judge().resolved(found)[0]


def _paths() -> set[str]:
    """Every route under /api, as the description writes them."""
    return {f"/api/{re.sub(r'<[^>]+>', '{}', str(route.pattern))}" for route in urlpatterns}


def test_the_description_is_valid_and_public(db: None) -> None:
    validate(schema(), cls=OpenAPIV31SpecValidator)
    assert schema()["openapi"].startswith("3.1")


def _patterns(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(found := value.get("pattern"), str):
            yield found
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _patterns(each)


def test_patterns_mean_the_same_to_every_engine(db: None) -> None:
    """What a class such as a digit or a space holds is another set in each of them."""
    patterns = set(_patterns(schema()))
    assert len(patterns) > 5
    assert [each for each in patterns if re.search(r"\\[dDsSwWbB]", each)] == []


def test_what_is_blank_is_described_as_it_is_refused() -> None:
    seen = re.compile(NOT_BLANK)
    for character in map(chr, range(sys.maxunicode + 1)):
        assert bool(seen.search(character)) == bool(character.strip()), hex(ord(character))


def test_every_route_is_described(db: None) -> None:
    described = {re.sub(r"\{[^}]+\}", "{}", path) for path in schema()["paths"]}
    assert _paths() - described == UNDESCRIBED
    assert described <= _paths()


def test_every_link_leads_to_an_operation_by_parameters_of_it(db: None) -> None:
    known = {}
    for _path, _method, operation in operations():
        names = {resolved(each)["name"] for each in operation["parameters"]}
        known[operation["operationId"]] = names
    links = [
        link
        for _path, _method, operation in operations()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert len(links) > 20
    for link in links:
        assert set(link["parameters"]) <= known[link["operationId"]], link


def test_no_described_method_is_refused_and_no_other_is_taken(db: None) -> None:
    client = Client()
    for path, operations in schema()["paths"].items():
        address = re.sub(r"\{[^}]+\}", "00000000-0000-4000-8000-000000000000", path)
        for method in ("get", "post", "patch", "put", "delete"):
            # Nobody is held up by their rate here.
            shared.clear()
            status = client.generic(method.upper(), address).status_code
            if method in operations:
                assert status in {200, 401, 404}, (method, path, status)
            else:
                assert status in {401, 405}, (method, path, status)


def test_every_operation_says_how_it_fails() -> None:
    for path, method, operation in operations():
        errors = {status for status in operation["responses"] if status >= "400"}
        assert {"400", "429", "500", "503"} <= errors, (method, path)
        is_public = {} in operation.get("security", [{}])
        assert is_public or "401" in errors, (method, path)
        for status in errors:
            answer = resolved(operation["responses"][status])
            examples = answer["content"]["application/json"]["examples"]
            codes = judge().document["components"]["schemas"]["ErrorCode"]["enum"]
            assert set(examples) <= set(codes), (method, path, status)


def test_every_operation_has_a_name_a_summary_a_description_and_a_tag() -> None:
    names = [operation["operationId"] for _path, _method, operation in operations()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z]+([A-Z][a-z]+)*", name) for name in names), names
    tags = {tag["name"] for tag in schema()["tags"]}
    assert all(tag["description"] for tag in schema()["tags"])
    for path, method, operation in operations():
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert set(operation["tags"]) <= tags, (method, path)


def test_nothing_is_said_of_what_is_not_there() -> None:
    assert set(OPERATIONS) == {f"{method} {path}" for path, method, _operation in operations()}


def test_every_body_has_an_example_and_every_example_is_true() -> None:
    bodies = list(_bodies())
    assert len(bodies) > 40
    for place, media in bodies:
        assert media.get("examples"), place
        if media["schema"].get("contentMediaType"):
            continue
        for name, example in media["examples"].items():
            problems = judge().errors(f"{place}/schema", example["value"])
            assert not problems, (place, name, problems)


def _bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """(place, media type) of every body, asked or answered."""
    for path, method, operation in operations():
        place = f"#/paths/{path.replace('/', '~1')}/{method}"
        parts = {f"responses/{status}": each for status, each in operation["responses"].items()}
        for name, part in ({"requestBody": operation.get("requestBody", {})} | parts).items():
            inner = part.get("$ref", f"{place}/{name}")
            for kind, media in resolved(part).get("content", {}).items():
                yield f"{inner}/content/{kind.replace('/', '~1')}", media


@pytest.mark.parametrize("event", frames.EXAMPLES)
def test_every_frame_has_a_schema_that_its_example_fits(event: str) -> None:
    place = f"#/components/schemas/{frames.component(event)}"
    assert judge().errors(place, frames.EXAMPLES[event]) == []
    assert judge().errors(place, {})


def test_headers_are_described_where_they_are_spoken() -> None:
    for path, method, operation in operations():
        taken = {each.get("$ref", "").rpartition("/")[2] for each in operation["parameters"]}
        spoken = set(operation["responses"][min(operation["responses"])]["headers"])
        assert spoken >= set(EVERYWHERE), (method, path)
        assert ("If-None-Match" in taken) == ("304" in operation["responses"]), (method, path)
        assert ("Idempotency-Key" in taken) == ("Idempotency-Replayed" in spoken), (method, path)
    asked = {operation["operationId"]: str(operation) for _p, _m, operation in operations()}
    keyed = {name for name, operation in asked.items() if "parameters/Idempotency-Key" in operation}
    assert keyed == {
        "createUser", "createContent", "generateContent", "revertContent", "generate",
        "generateStream", "keepGeneration", "giveFeedback",
        "chat", "regenerateReply", "findIdeas", "keepIdea",
    }  # fmt: skip


def test_the_description_is_in_english_whoever_asks(db: None) -> None:
    asked = Client(headers={"Accept-Language": "fr"}).get("/api/schema")
    assert asked.json() == description()
    assert "Caption" in str(description()["components"]["schemas"]["ContentType"])


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


def test_nothing_else_describes_the_api(alice: User, api_client: Any) -> None:
    for path in ("/api/content", "/api/users/me", "/api/ai/usage"):
        assert_error(api_client(alice).options(path), 405, "method_not_allowed")


def test_many_who_ask_first_wait_for_one(monkeypatch: Any) -> None:
    whole, made = views.description(), []

    def slow(_generator: Any, **_asked: Any) -> Any:
        made.append(1)
        time.sleep(0.1)
        return whole

    monkeypatch.setattr("huntaze.description.views.SchemaGenerator.get_schema", slow)
    views._made.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        found = [each.result() for each in [threads.submit(views.description) for _ in range(8)]]
    assert all(each is whole for each in found)
    assert made == [1]
