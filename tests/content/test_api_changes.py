"""Writing content over HTTP: create, edit, move, revert, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from content.models import Content
from tests.envelope import assert_error
from tests.factories import make_draft

JSON = "application/json"
LATER = "2999-01-01T12:00:00Z"


def test_somebody_writes_a_draft(alice: User, api_client: Any) -> None:
    facts = {"title": " Glaze ", "body": "  two spaces stay\n", "metadata": {"a": [1, None]}}
    response = api_client(alice).post("/api/content", facts, JSON)
    assert response.status_code == 201
    body = response.json()
    assert (body["title"], body["body"]) == ("Glaze", "  two spaces stay\n")
    assert (body["type"], body["status"], body["aiGenerated"]) == ("POST", "DRAFT", False)
    assert body["metadata"] == {"a": [1, None]}


@pytest.mark.parametrize(
    ("move", "status"),
    [
        ({"status": "PUBLISHED"}, "PUBLISHED"),
        ({"status": "ARCHIVED"}, "ARCHIVED"),
        ({"status": "SCHEDULED", "scheduledAt": LATER}, "SCHEDULED"),
        ({"scheduledAt": LATER}, "SCHEDULED"),
    ],
)
def test_a_piece_may_begin_elsewhere(
    alice: User, api_client: Any, move: dict[str, str], status: str
) -> None:
    facts = {"title": "x", "body": "x", **move}
    response = api_client(alice).post("/api/content", facts, JSON)
    assert response.json()["status"] == status
    path = f"/api/content/{make_draft(alice).id}"
    assert api_client(alice).patch(path, move, JSON).json()["status"] == status


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "   "),
        ("title", None),
        ("title", 5),
        ("title", ["x"]),
        ("title", "x" * 501),
        ("body", ""),
        ("body", " \n "),
        ("body", None),
        ("body", {}),
        ("body", "x" * 100_001),
        ("type", "POEM"),
        ("type", None),
        ("type", ["POST"]),
        ("type", {"a": 1}),
        ("status", "LOST"),
        ("status", 1),
        ("scheduledAt", "tomorrow"),
        ("scheduledAt", 5),
        ("scheduledAt", "0001-01-01T00:00:00+14:00"),
        ("scheduledAt", "9999-12-31T23:59:59-14:00"),
        ("scheduledAt", "2999-02-30T00:00:00Z"),
        ("metadata", []),
        ("metadata", "x"),
        ("metadata", None),
        ("metadata", {"x": "y" * 17_000}),
    ],
)
def test_what_cannot_be_is_refused_with_its_path(
    alice: User, api_client: Any, field: str, value: Any
) -> None:
    client = api_client(alice)
    facts = {"title": "x", "body": "x", field: value}
    assert_error(client.post("/api/content", facts, JSON), 400, "validation_error", field)
    assert not Content.objects.exists()
    content = make_draft(alice)
    response = client.patch(f"/api/content/{content.id}", {field: value}, JSON)
    assert_error(response, 400, "validation_error", field)
    content.refresh_from_db()
    assert content.version == 1


def test_what_is_missing_is_named(alice: User, api_client: Any) -> None:
    response = api_client(alice).post("/api/content", {}, JSON)
    body = assert_error(response, 400, "validation_error", "title", "body")
    assert {detail["code"] for detail in body["details"]} == {"required"}


@pytest.mark.parametrize("body", ["[]", '"x"', "5", "null", "true"])
def test_a_body_that_is_no_object_is_refused(alice: User, api_client: Any, body: str) -> None:
    client = api_client(alice)
    assert_error(client.post("/api/content", body, JSON), 400, "validation_error")
    path = f"/api/content/{make_draft(alice).id}"
    assert_error(client.patch(path, body, JSON), 400, "validation_error")


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_that_json_cannot_hold_is_refused(
    alice: User, api_client: Any, number: str
) -> None:
    body = f'{{"title": "x", "body": "x", "metadata": {{"a": {number}}}}}'
    response = api_client(alice).post("/api/content", body, JSON)
    assert response.status_code == 400, response.content
    assert not Content.objects.exists()


def test_reverting_makes_a_new_revision(alice: User, api_client: Any) -> None:
    client, path = api_client(alice), f"/api/content/{make_draft(alice, body='one').id}"
    client.patch(path, {"body": "two"}, JSON)
    body = client.post(f"{path}/revert", {"number": 1, "version": 2}, JSON).json()
    assert (body["body"], body["version"]) == ("one", 3)
    answer = client.get(f"{path}/revisions").json()
    assert answer["pagination"]["total"] == 3
    assert [each["number"] for each in answer["revisions"]] == [3, 2, 1]
    assert answer["revisions"][0]["source"] == "REVERT"
    assert_error(client.post(f"{path}/revert", {"number": 9}, JSON), 404, "not_found")
    for wrong in ({}, {"number": 0}, {"number": "x"}, {"number": 2**40}):
        response = client.post(f"{path}/revert", wrong, JSON)
        assert_error(response, 400, "validation_error", "number")


def test_a_step_that_is_not_possible_is_a_conflict(alice: User, api_client: Any) -> None:
    client, path = api_client(alice), f"/api/content/{make_draft(alice).id}"
    client.patch(path, {"status": "ARCHIVED"}, JSON)
    response = client.patch(path, {"status": "PUBLISHED", "body": "b"}, JSON)
    assert_error(response, 409, "conflict")
    assert client.get(path).json()["body"] == "Celadon."


def test_a_schedule_lies_in_the_future(alice: User, api_client: Any) -> None:
    path = f"/api/content/{make_draft(alice).id}"
    past = (timezone.now() - timedelta(minutes=1)).isoformat()
    response = api_client(alice).patch(path, {"status": "SCHEDULED", "scheduledAt": past}, JSON)
    assert response.status_code in {400, 409}
    assert Content.objects.get().status == "DRAFT"


def test_a_schedule_without_a_time_is_refused_by_its_name(alice: User, api_client: Any) -> None:
    client, path = api_client(alice), f"/api/content/{make_draft(alice).id}"
    facts = {"title": "t", "body": "b", "status": "SCHEDULED"}
    for response in (client.patch(path, facts, JSON), client.post("/api/content", facts, JSON)):
        body = assert_error(response, 400, "validation_error", "scheduledAt")
        assert body["details"][0]["code"] == "required"
    assert Content.objects.get().title == "Glaze notes"
    # A client that sends back what it was given moves nothing.
    client.patch(path, {"scheduledAt": LATER}, JSON)
    assert client.patch(path, facts, JSON).json()["scheduledAt"].startswith("2999-01-01T12:00:00")


def test_what_is_not_theirs_to_set_stays(alice: User, charlie: User, api_client: Any) -> None:
    path = f"/api/content/{make_draft(alice).id}"
    facts = {"userId": str(charlie.pk), "aiGenerated": True, "publishedAt": LATER, "title": "t"}
    assert api_client(alice).patch(path, facts, JSON).status_code == 200
    row = Content.objects.get()
    assert (row.user, row.ai_generated, row.published_at) == (alice, False, None)
