"""`/users` and `/auth/session`."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from tests.envelope import assert_error

KEYS = {
    "id", "email", "name", "handle", "avatar", "language", "timeZone", "subscription",
    "isActive", "createdAt", "updatedAt",
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/users"),
        ("post", "/api/users"),
        ("get", "/api/users/me"),
        ("patch", "/api/users/me"),
        ("delete", "/api/users/me"),
    ],
)
def test_nobody_gets_in(client: Client, db: None, method: str, path: str) -> None:
    response = getattr(client, method)(path)
    assert_error(response, 401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("whose", ["me", "id"])
def test_somebody_reads_themselves(bob: User, api_client: Any, whose: str) -> None:
    body = api_client(bob).get(f"/api/users/{whose if whose == 'me' else bob.pk}").json()
    assert set(body) == KEYS
    assert body["id"] == str(bob.pk)
    assert body["subscription"] == "PRO"
    assert body["createdAt"].endswith("Z")


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_a_stranger_is_not_there(alice: User, charlie: User, api_client: Any, method: str) -> None:
    client = api_client(charlie)
    call = getattr(client, method)
    assert_error(call(f"/api/users/{alice.pk}"), 404, "not_found")
    assert_error(call(f"/api/users/{uuid4()}"), 404, "not_found")
    assert_error(call("/api/users/none-such"), 404, "not_found")
    assert_error(call("/api/users/%00"), 404, "not_found")
    alice.refresh_from_db()
    assert alice.deleted_at is None


def test_what_is_taken_is_told_apart_from_what_is_wrong(
    alice: User, sam: User, api_client: Any
) -> None:
    User.objects.filter(pk=alice.pk).update(handle="alice.clay")
    client, json = api_client(sam), "application/json"
    for handle, code in (("alice.clay", "taken"), ("a b", "invalid")):
        answer = client.patch("/api/users/me", {"handle": handle}, json)
        (detail,) = assert_error(answer, 400, "validation_error", "handle")["details"]
        assert detail["code"] == code
    answer = client.post("/api/users", {"email": "ALICE@example.com"}, json)
    (detail,) = assert_error(answer, 400, "validation_error", "email")["details"]
    assert detail["code"] == "taken"


def test_the_list_and_adding_people_are_for_staff(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    assert_error(client.get("/api/users"), 403, "forbidden")
    response = client.post("/api/users", {"email": "x@example.com"}, "application/json")
    assert_error(response, 403, "forbidden")
    assert not User.objects.filter(email="x@example.com").exists()


def test_staff_add_somebody(sam: User, api_client: Any) -> None:
    facts = {"email": "New@Example.com", "name": "Nell"}
    response = api_client(sam).post("/api/users", facts, "application/json")
    assert response.status_code == 201
    body = response.json()
    assert set(body) == KEYS
    assert (body["email"], body["name"], body["subscription"]) == (
        "new@example.com",
        "Nell",
        "FREE",
    )


@pytest.mark.parametrize("email", ["alice@example.com", "ALICE@example.com", "", "x", None, 5, []])
def test_an_email_that_cannot_be_is_refused(
    alice: User, sam: User, api_client: Any, email: Any
) -> None:
    response = api_client(sam).post("/api/users", {"email": email}, "application/json")
    assert_error(response, 400, "validation_error", "email")


def test_staff_find_people(alice: User, bob: User, sam: User, api_client: Any) -> None:
    client = api_client(sam)

    def emails(query: str) -> set[str]:
        return {each["email"] for each in client.get(f"/api/users?{query}").json()["users"]}

    assert emails("search=BOB") == {"bob@example.com"}
    assert emails("subscription=PRO") == {"bob@example.com"}
    assert emails("subscription=FREE") == {"alice@example.com", "sam@example.com"}
    alice.is_active = False
    alice.save()
    assert emails("isActive=false") == {"alice@example.com"}
    assert emails("isActive=true") == {"bob@example.com", "sam@example.com"}


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("subscription=GOLD", "subscription"),
        ("isActive=maybe", "isActive"),
        ("search=%00", "search"),
        ("page=0", "page"),
        ("limit=101", "limit"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(
    sam: User, api_client: Any, query: str, path: str
) -> None:
    assert_error(api_client(sam).get(f"/api/users?{query}"), 400, "validation_error", path)


def test_staff_switch_somebody_off(alice: User, sam: User, api_client: Any) -> None:
    hers = api_client(alice)
    path = f"/api/users/{alice.pk}"
    response = api_client(sam).patch(path, {"isActive": False}, "application/json")
    assert response.json()["isActive"] is False
    assert_error(hers.get("/api/users/me"), 401, "unauthorized")


def test_nobody_switches_themselves_on_or_off(alice: User, api_client: Any) -> None:
    response = api_client(alice).patch("/api/users/me", {"isActive": False}, "application/json")
    assert_error(response, 403, "forbidden")


def test_somebody_changes_their_profile(alice: User, api_client: Any) -> None:
    facts = {"name": "Al", "handle": "al_99", "timeZone": "Asia/Tokyo", "language": "fr"}
    response = api_client(alice).patch("/api/users/me", facts, "application/json")
    assert response.status_code == 200
    body = response.json()
    assert {name: body[name] for name in facts} == facts


def test_what_is_not_theirs_to_change_stays(alice: User, api_client: Any) -> None:
    facts = {"email": "z@example.com", "subscription": "ENTERPRISE", "isStaff": True, "id": "1"}
    response = api_client(alice).patch("/api/users/me", facts, "application/json")
    assert response.status_code == 200
    alice.refresh_from_db()
    assert (alice.email, alice.is_staff) == ("alice@example.com", False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", 5),
        ("name", ["x"]),
        ("name", "x" * 101),
        ("handle", "NO"),
        ("handle", "sam_handle"),
        ("timeZone", "Mars/Olympus"),
        ("timeZone", {}),
        ("language", "tlh"),
        ("avatar", "javascript:alert(1)"),
        ("isActive", "perhaps"),
        ("isActive", None),
    ],
)
def test_a_profile_that_cannot_be_is_refused(
    alice: User, sam: User, api_client: Any, field: str, value: Any
) -> None:
    User.objects.filter(pk=sam.pk).update(handle="sam_handle")
    response = api_client(alice).patch("/api/users/me", {field: value}, "application/json")
    assert_error(response, 400, "validation_error", field)


def test_somebody_closes_their_account(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    assert client.delete("/api/users/me").status_code == 204
    assert_error(client.get("/api/users/me"), 401, "unauthorized")
    assert User.everyone.get(pk=alice.pk).deleted_at


def test_staff_close_somebodys_account(alice: User, sam: User, api_client: Any) -> None:
    client = api_client(sam)
    assert client.delete(f"/api/users/{alice.pk}").status_code == 204
    assert_error(client.get(f"/api/users/{alice.pk}"), 404, "not_found")


def test_the_list_takes_as_many_queries_for_twelve_as_for_two(
    sam: User, api_client: Any, django_assert_num_queries: Any
) -> None:
    client = api_client(sam)
    client.get("/api/users")
    for number in range(12):
        User.objects.create_user(f"{number}@example.com")
        if number in {1, 11}:
            with django_assert_num_queries(2):
                client.get("/api/users?limit=100")
