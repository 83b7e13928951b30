"""Writes that say what they are based on."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from content.models import Content
from content.services import edit_content
from tests.envelope import assert_error
from tests.factories import make_draft

JSON = "application/json"
NOBODYS = "00000000-0000-0000-0000-000000000007"
STALE: list[tuple[str, str, dict[str, Any]]] = [
    ("patch", "", {"title": "Mine"}),
    ("post", "/revert", {"number": 1}),
    ("delete", "", {}),
]


@pytest.mark.parametrize(("method", "tail", "body"), STALE)
def test_a_stale_write_is_a_conflict_with_the_current_row(
    alice: User, api_client: Any, method: str, tail: str, body: dict[str, Any]
) -> None:
    client, content = api_client(alice), make_draft(alice)
    path = f"/api/content/{content.id}"
    tag = client.get(path).headers["ETag"]
    edit_content(by=alice, content_id=content.id, expected_version=1, changes={"title": "Theirs"})
    current = client.get(path).json()
    send = getattr(client, method)
    for wanted in (tag, f"W/{tag}", '"999999999"', '"0"'):
        refused = send(path + tail, body, JSON, headers={"If-Match": wanted})
        assert_error(refused, 409, "conflict")
        assert refused.json()["current"] == current
    for wanted in ('"x"', "2", '"2" "3"', '"-2"', '"2', '"99999999999"', "W/2", "x" * 5_000):
        refused = send(path + tail, body, JSON, headers={"If-Match": wanted})
        assert_error(refused, 400, "validation_error", "If-Match")
    assert client.get(path).json() == current
    taken = send(path + tail, body, JSON, headers={"If-Match": client.get(path).headers["ETag"]})
    assert taken.status_code in {200, 204}
    if "ETag" in taken.headers:
        assert taken.headers["ETag"] == client.get(path).headers["ETag"]


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_stale_profile_is_not_changed(alice: User, api_client: Any, method: str) -> None:
    client = api_client(alice)
    tag = client.get("/api/users/me").headers["ETag"]
    User.objects.filter(pk=alice.pk).update(name="Changed elsewhere")
    current = client.get("/api/users/me").json()
    send = getattr(client, method)
    for wanted in (tag, '"x"', "x", f'"x", {tag}'):
        refused = send("/api/users/me", {"name": "Mine"}, JSON, headers={"If-Match": wanted})
        assert_error(refused, 409, "conflict")
        assert refused.json()["current"] == current
    fresh = client.get("/api/users/me").headers["ETag"]
    # Proxies that compress make a strong tag weak; it is the same row all the same.
    wanted = f'"x", W/{fresh}'
    taken = send("/api/users/me", {"name": "Mine"}, JSON, headers={"If-Match": wanted})
    assert taken.status_code in {200, 204}


def test_a_time_is_told_in_utc_whatever_it_was_sent_in(alice: User, api_client: Any) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Paris")
    client = api_client(alice)
    body = {"title": "x", "body": "x", "status": "SCHEDULED"}
    body["scheduledAt"] = "2099-07-01T12:00:00+02:00"
    made = client.post("/api/content", body, JSON)
    read = client.get(f"/api/content/{made.json()['id']}")
    assert made.json()["scheduledAt"] == read.json()["scheduledAt"] == "2099-07-01T10:00:00Z"
    stored = Content.objects.get().scheduled_at
    assert stored == datetime(2099, 7, 1, 10, tzinfo=UTC)
    cookie = Client()
    cookie.force_login(alice)
    moved = cookie.patch(
        f"/api/content/{made.json()['id']}", {"scheduledAt": "2099-07-02T10:00:00Z"}, JSON
    )
    assert moved.json()["scheduledAt"] == "2099-07-02T10:00:00Z"
