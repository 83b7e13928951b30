"""Who may open which page."""

from uuid import uuid4

import pytest
from django.urls import reverse

from content.services import create_draft

PRIVATE = ["/studio", "/studio/create", "/studio/content", "/studio/content/new"]
PRIVATE += ["/billing", "/account", "/account/email", "/account/password", "/account/sessions"]
PUBLIC = ["/", "/auth/signin", "/auth/signup", "/auth/code", "/auth/password", "/auth/error"]


@pytest.mark.parametrize("address", PRIVATE)
def test_anonymous_is_sent_to_sign_in(client, db, address):
    response = client.get(address)
    assert response.status_code == 302
    assert response.url == f"/auth/signin?next={address}"


@pytest.mark.parametrize("address", PUBLIC)
def test_public_pages_answer(client, db, address):
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", [*PRIVATE, "/", "/auth/signout"])
def test_owner_sees_her_pages(signed_in, alice, address):
    assert signed_in(alice).get(address).status_code == 200


def test_stranger_finds_nothing(signed_in, alice, charlie):
    content = create_draft(by=alice, title="Mine", body="Not yours.")
    client = signed_in(charlie)
    address = reverse("content_detail", args=[content.id])
    assert client.get(address).status_code == 404
    assert client.post(address, {"title": "x", "body": "y", "type": "POST"}).status_code == 404
    for action in ("publish", "archive", "restore", "delete", "undelete", "revert"):
        step = reverse("content_action", args=[content.id, action])
        assert client.post(step, {"number": "1"}).status_code == 404
    content.refresh_from_db()
    assert (content.status, content.version) == ("DRAFT", 1)


def test_stranger_keeps_nobody_elses_text(signed_in, charlie):
    address = reverse("content_keep", args=[uuid4()])
    assert signed_in(charlie).post(address).status_code == 404
    assert signed_in(charlie).get(f"/studio/create?generation={uuid4()}").status_code == 404
    assert signed_in(charlie).get("/studio/create?generation=nonsense").status_code == 404


def test_steps_are_posts(signed_in, alice):
    content = create_draft(by=alice, title="Mine", body="Mine.")
    address = reverse("content_action", args=[content.id, "publish"])
    assert signed_in(alice).get(address).status_code == 405
    assert signed_in(alice).post(address.replace("publish", "explode")).status_code == 404
