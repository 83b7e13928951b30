"""The account page: what somebody says of themselves, tokens, the theme, closing."""

import re

from accounts.models import User
from api.models import ApiToken
from tests.cast import PASSWORD

PROFILE = {"name": "Alice B.", "handle": "alice", "language": "fr", "time_zone": "Europe/Paris"}


def test_profile_is_saved_and_the_page_speaks_the_new_language(signed_in, alice):
    page = signed_in(alice).post("/account", PROFILE, follow=True).content.decode()
    alice.refresh_from_db()
    assert (alice.name, alice.handle, alice.time_zone) == ("Alice B.", "alice", "Europe/Paris")
    assert '<html lang="fr"' in page
    assert "Enregistré." in page


def test_a_taken_handle_is_refused_without_a_trace(signed_in, alice, bob):
    signed_in(bob).post("/account", {**PROFILE, "language": ""})
    response = signed_in(alice).post("/account", {**PROFILE, "language": ""})
    assert response.status_code == 422
    assert "This handle is taken." in response.content.decode()
    alice.refresh_from_db()
    assert alice.handle is None


def test_a_token_is_shown_once_and_works(signed_in, client, alice):
    mine = signed_in(alice)
    page = mine.post("/account/tokens", {"name": "Backup", "scope": "READ"}).content.decode()
    found = re.search(r'id="new-token"[^>]*>\s*(\w+)\s*<', page)
    assert found
    token = found.group(1)
    assert token not in mine.get("/account").content.decode()
    answer = client.get("/api/users/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["email"] == alice.email
    assert ApiToken.objects.get().scope == "READ"


def test_only_the_owner_revokes(signed_in, alice, charlie):
    signed_in(alice).post("/account/tokens", {"name": "Backup", "scope": "READ"})
    address = f"/account/tokens/{ApiToken.objects.get().id}"
    assert signed_in(charlie).post(address).status_code == 404
    assert signed_in(alice).post(address).status_code == 302
    assert not ApiToken.objects.exists()


def test_the_theme_is_kept_on_this_device(client, db):
    client.post("/account/theme", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.post("/account/theme", {"theme": ""})
    assert "data-theme" not in client.get("/").content.decode()
    client.post("/account/theme", {"theme": '"><script>'})
    assert "data-theme" not in client.get("/").content.decode()


def test_closing_asks_for_the_email(signed_in, alice):
    client = signed_in(alice)
    refused = client.post("/account/close", {"email": "somebody@example.com"})
    assert refused.status_code == 422
    assert User.objects.filter(pk=alice.pk).exists()
    client.post("/account/close", {"email": alice.email.upper()})
    assert not User.objects.filter(pk=alice.pk).exists()
    assert client.get("/account").status_code == 302


def test_signing_out(signed_in, alice):
    client = signed_in(alice)
    assert client.post("/auth/signout").url == "/"
    assert client.get("/account").status_code == 302


def test_signing_in_with_a_password(client, alice):
    form = {"login": alice.email.upper(), "password": PASSWORD}
    assert client.post("/auth/signin", form).url == "/studio"
    assert client.get("/account/sessions").status_code == 200
