"""Stale versions over HTTP."""

from typing import Any

import pytest

from accounts.models import User
from content.services import edit_content
from tests.envelope import assert_error
from tests.factories import make_draft

JSON = "application/json"
LATER = "2999-01-01T12:00:00Z"


@pytest.mark.parametrize("how", ["body", "header", "weak header"])
def test_a_stale_version_answers_with_the_current_row(
    alice: User, api_client: Any, how: str
) -> None:
    content = make_draft(alice)
    changes = {"body": "theirs"}
    edit_content(by=alice, content_id=content.id, expected_version=1, changes=changes)
    facts: dict[str, Any] = {"body": "mine"}
    headers = {}
    if how == "body":
        facts["version"] = 1
    else:
        headers["If-Match"] = '"1"' if how == "header" else 'W/"1"'
    path = f"/api/content/{content.id}"
    response = api_client(alice).patch(path, facts, JSON, headers=headers)
    current = assert_error(response, 409, "conflict")["current"]
    assert (current["id"], current["version"], current["body"]) == (str(content.id), 2, "theirs")


def test_a_current_version_goes_through(alice: User, api_client: Any) -> None:
    client, path = api_client(alice), f"/api/content/{make_draft(alice).id}"
    assert client.patch(path, {"body": "a", "version": 1}, JSON).json()["version"] == 2
    headers = {"If-Match": '"2"'}
    assert client.patch(path, {"body": "b"}, JSON, headers=headers).json()["version"] == 3
    assert client.patch(path, {"body": "c"}, JSON, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("version", [0, -1, "x", None, 1.5, 2**31, [], True])
def test_a_version_that_is_none_is_refused(alice: User, api_client: Any, version: Any) -> None:
    path = f"/api/content/{make_draft(alice).id}"
    response = api_client(alice).patch(path, {"body": "b", "version": version}, JSON)
    assert_error(response, 400, "validation_error", "version")


def test_the_header_counts_beside_the_body(alice: User, api_client: Any) -> None:
    client, path = api_client(alice), f"/api/content/{make_draft(alice).id}"
    facts = {"body": "b", "version": 1}
    for stale in ('"2"', '"0"'):
        response = client.patch(path, facts, JSON, headers={"If-Match": stale})
        assert assert_error(response, 409, "conflict")["current"]["version"] == 1
    response = client.patch(path, facts, JSON, headers={"If-Match": "1"})
    assert_error(response, 400, "validation_error", "If-Match")
    assert client.patch(path, facts, JSON, headers={"If-Match": '"1"'}).json()["version"] == 2


def test_deleting_and_reverting_mind_the_version_too(alice: User, api_client: Any) -> None:
    client, path = api_client(alice), f"/api/content/{make_draft(alice).id}"
    client.patch(path, {"body": "two"}, JSON)
    stale = {"If-Match": '"1"'}
    assert_error(client.delete(path, headers=stale), 409, "conflict")
    response = client.post(f"{path}/revert", {"number": 1}, JSON, headers=stale)
    assert_error(response, 409, "conflict")
    response = client.post(f"{path}/revert", {"number": 1, "version": 1}, JSON)
    assert_error(response, 409, "conflict")
    assert_error(
        client.delete(path, headers={"If-Match": "x"}), 400, "validation_error", "If-Match"
    )
    assert client.get(path).json()["version"] == 2
