"""Signing up and in with what the mail says, in both languages."""

import re

import pytest

from accounts.models import User


def code_in(message):
    found = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{4}|\d{6})\s*$", message.body, re.MULTILINE)
    assert found, message.body
    return found.group(1)


def test_sign_up_with_the_code_from_the_mail(client, db, mailoutbox):
    sent = client.post("/auth/signup", {"email": "New@Example.com", "name": "Nina"})
    assert sent.url == "/auth/verify"
    assert client.get("/studio").status_code == 302
    page = client.get("/auth/verify").content.decode()
    assert "new@example.com" in page
    done = client.post("/auth/verify", {"code": code_in(mailoutbox[0])})
    assert done.url == "/studio"
    user = User.objects.get()
    assert (user.email, user.name, user.has_usable_password()) == ("new@example.com", "Nina", False)
    assert "Hello, Nina" in client.get("/studio").content.decode()


def test_a_wrong_code_says_so_where_it_was_typed(client, db, mailoutbox):
    client.post("/auth/signup", {"email": "new@example.com"})
    response = client.post("/auth/verify", {"code": "000000"})
    assert 'id="id_code_error"' in response.content.decode()
    assert client.get("/studio").status_code == 302


def test_a_taken_email_is_told_to_its_owner_only(client, alice, mailoutbox):
    response = client.post("/auth/signup", {"email": alice.email})
    assert response.url == "/auth/verify"
    assert "There is one already." in mailoutbox[0].body


def test_a_weak_password_is_refused(client, db):
    response = client.post("/auth/signup", {"email": "new@example.com", "password1": "1234"})
    assert response.status_code == 200
    assert 'id="id_password1_error"' in response.content.decode()


def test_sign_in_with_a_code(client, alice, mailoutbox):
    assert client.post("/auth/code", {"email": alice.email}).url == "/auth/code/confirm"
    done = client.post("/auth/code/confirm", {"code": code_in(mailoutbox[0])})
    assert done.url == "/studio"


def test_a_new_password_with_a_code(client, alice, mailoutbox):
    client.post("/auth/password", {"email": alice.email})
    client.post("/auth/password/code", {"code": code_in(mailoutbox[0])})
    assert client.get("/auth/password/new").status_code == 200
    new = "another long password"
    client.post("/auth/password/new", {"password1": new, "password2": new})
    alice.refresh_from_db()
    assert alice.check_password(new)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "With this code you confirm your email:"), ("fr", "vous confirmez votre adresse")],
)
def test_mails_speak_the_readers_language_in_text_and_html(
    client, db, mailoutbox, language, sentence
):
    form = {"email": "new@example.com"}
    client.post("/auth/signup", form, headers={"Accept-Language": language})
    message = mailoutbox[0]
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert sentence in message.body
    assert sentence in html
    assert code_in(message) in html
    assert code_in(message) in message.subject
    assert "&#" not in message.body


def test_google_is_not_offered_without_its_key(client, db):
    assert "Google" not in client.get("/auth/signin").content.decode()
