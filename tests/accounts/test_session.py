"""`/auth/session`."""

from typing import Any

from django.test import Client

from accounts.models import User

KEYS = {
    "id", "email", "name", "handle", "avatar", "language", "timeZone", "subscription",
    "isActive", "createdAt", "updatedAt",
}  # fmt: skip


def test_a_session_says_who_and_until_when(bob: User, api_client: Any, client: Client) -> None:
    for signed_in in (api_client(bob), client):
        client.force_login(bob)
        body = signed_in.get("/api/auth/session").json()
        assert set(body) == {"user", "expires"}
        assert body["expires"].endswith("Z")
        assert body["user"] == {
            "id": str(bob.pk),
            "email": "bob@example.com",
            "name": "Bob",
            "image": "",
            "subscription": "PRO",
        }


def test_a_session_of_nobody_is_empty(client: Client, db: None) -> None:
    assert client.get("/api/auth/session").json() == {}
