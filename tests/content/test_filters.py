"""A filter chooses rows of a list, and does nothing else."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from content.services import edit_content
from tests.envelope import assert_error
from tests.factories import make_draft

JSON = "application/json"
HIDING = [
    {"status": "PUBLISHED"},
    {"type": "STORY"},
    {"search": "nothing like it"},
    {"status": "LOST", "type": "POEM"},
]


@pytest.mark.parametrize("query", HIDING)
def test_a_filter_hides_no_row_that_was_asked_for_by_name(
    alice: User, api_client: Any, query: dict[str, str]
) -> None:
    content, client = make_draft(alice), api_client(alice)
    path, asked = f"/api/content/{content.id}", f"?{urlencode(query)}"
    assert client.get(f"{path}{asked}").json()["id"] == str(content.id)
    changed = client.patch(f"{path}{asked}", {"title": "Ash"}, JSON)
    assert changed.json()["title"] == "Ash"
    reverted = client.post(f"{path}/revert{asked}", {"number": 1}, JSON)
    assert reverted.json()["title"] == "Glaze notes"
    history = client.get(f"{path}/revisions{asked}").json()
    assert [each["number"] for each in history["revisions"]] == [3, 2, 1]
    assert client.delete(f"{path}{asked}").status_code == 204
    assert client.get(path).status_code == 404


def test_a_filter_still_chooses_of_the_list(alice: User, api_client: Any) -> None:
    make_draft(alice)
    client = api_client(alice)
    assert client.get("/api/content?status=PUBLISHED").json()["content"] == []
    assert len(client.get("/api/content?status=DRAFT").json()["content"]) == 1
    assert_error(client.get("/api/content?status=LOST"), 400, "validation_error", "status")


def test_a_filter_shows_nothing_of_others(alice: User, charlie: User, api_client: Any) -> None:
    path = f"/api/content/{make_draft(alice).id}"
    for address in (f"{path}?status=DRAFT", f"{path}/revisions?type=POST"):
        assert_error(api_client(charlie).get(address), 404, "not_found")


def test_a_history_is_described_as_it_is_answered(
    alice: User, api_client: Any, client: Client
) -> None:
    content = make_draft(alice)
    edit_content(by=alice, content_id=content.id, expected_version=1, changes={"body": "two"})
    answered = api_client(alice).get(f"/api/content/{content.id}/revisions?limit=1").json()
    assert len(answered["revisions"]) == 1
    schema = client.get("/api/schema").json()
    (path,) = [each for each in schema["paths"] if each.endswith("/revisions")]
    operation = schema["paths"][path]["get"]
    reference = operation["responses"]["200"]["content"][JSON]["schema"]["$ref"]
    described = schema["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    assert set(described["required"]) == set(answered) == {"revisions", "pagination"}
    asked = {each["name"] for each in operation["parameters"] if each.get("in") == "query"}
    assert not asked & {"status", "type", "search"}


@pytest.mark.parametrize(
    "address", ["http://[", "http://[::1", "//[x]/?status=DRAFT", "%", "http://a\u2100b/", "?\x00"]
)
def test_an_address_that_is_none_is_no_defect(alice: User, address: str) -> None:
    client = Client()
    client.force_login(alice)
    content = make_draft(alice)
    headers = {"HX-Request": "true", "HX-Current-URL": address}
    response = client.post(f"/studio/content/{content.id}/archive", headers=headers)
    assert response.status_code == 200
    content.refresh_from_db()
    assert content.status == "ARCHIVED"
