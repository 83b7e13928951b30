"""The list, the editor and the steps, as somebody without a script uses them."""

import pytest
from django.urls import reverse

from content.models import Content
from content.services import archive_content, create_draft, edit_content


@pytest.fixture
def draft(alice):
    return create_draft(by=alice, title="The kiln", body="It opens on Friday.")


def address_of(content, action=""):
    if action:
        return reverse("content_action", args=[content.id, action])
    return reverse("content_detail", args=[content.id])


def test_a_blank_sheet_becomes_a_draft_named_for_its_first_line(signed_in, alice):
    client = signed_in(alice)
    body = "A first line.\r\n\r\nAnd more."
    response = client.post("/studio/content/new", {"title": "", "body": body, "type": "STORY"})
    content = Content.objects.get()
    assert response.url == address_of(content)
    assert (content.title, content.type) == ("A first line.", "STORY")
    assert content.body == "A first line.\n\nAnd more."


def test_an_empty_sheet_is_refused_and_nothing_is_lost(signed_in, alice):
    response = signed_in(alice).post(
        "/studio/content/new", {"title": "Only a title", "body": " \n", "type": "POST"}
    )
    assert response.status_code == 422
    assert "Only a title" in response.content.decode()
    assert not Content.objects.exists()


def test_saving_makes_a_revision(signed_in, alice, draft):
    form = {"title": "The kiln", "body": "It opens on Sunday.", "type": "POST", "version": 1}
    response = signed_in(alice).post(address_of(draft), form, follow=True)
    draft.refresh_from_db()
    assert draft.body == "It opens on Sunday."
    assert draft.revisions.count() == 2
    assert "Saved." in response.content.decode()


def test_saving_unchanged_text_makes_no_revision(signed_in, alice, draft):
    form = {"title": draft.title, "body": draft.body, "type": "POST", "version": 1}
    signed_in(alice).post(address_of(draft), form)
    assert draft.revisions.count() == 1


def test_a_stale_version_keeps_both_texts(signed_in, alice, draft):
    edit_content(
        by=alice, content_id=draft.id, expected_version=1, changes={"body": "The other text."}
    )
    form = {"title": "The kiln", "body": "My text.", "type": "POST", "version": 1}
    response = signed_in(alice).post(address_of(draft), form)
    page = response.content.decode()
    assert response.status_code == 409
    assert "My text." in page
    assert "The other text." in page
    draft.refresh_from_db()
    assert draft.body == "The other text."
    # The page holds the version that it showed: saving once more is a decision.
    form["version"] = response.context["form"].data["version"]
    assert signed_in(alice).post(address_of(draft), form).status_code == 302
    draft.refresh_from_db()
    assert draft.body == "My text."


def test_a_missing_version_overwrites_nothing(signed_in, alice, draft):
    form = {"title": "The kiln", "body": "My text.", "type": "POST"}
    assert signed_in(alice).post(address_of(draft), form).status_code == 409


def test_save_and_publish_in_one_go(signed_in, alice, draft):
    form = {"title": "The kiln", "body": "Now.", "type": "POST", "version": 1, "then": "publish"}
    signed_in(alice).post(address_of(draft), form)
    draft.refresh_from_db()
    assert (draft.status, draft.body) == ("PUBLISHED", "Now.")


def test_archive_and_undo(signed_in, alice, draft):
    client = signed_in(alice)
    page = client.post(address_of(draft, "archive"), {"next": "/studio/content"}, follow=True)
    assert address_of(draft, "unarchive") in page.content.decode()
    assert draft.title not in [row.title for row in page.context["page"].object_list]
    client.post(address_of(draft, "unarchive"))
    draft.refresh_from_db()
    assert draft.status == "DRAFT"


def test_delete_and_undo(signed_in, alice, draft):
    client = signed_in(alice)
    response = client.post(address_of(draft, "delete"))
    assert response.url == "/studio/content"
    assert client.get(address_of(draft)).status_code == 404
    client.post(address_of(draft, "undelete"))
    assert client.get(address_of(draft)).status_code == 200


def test_a_refused_step_says_why(signed_in, alice, draft):
    archive_content(by=alice, content_id=draft.id)
    page = signed_in(alice).post(address_of(draft, "publish"), follow=True).content.decode()
    assert "This is archived. Bring it back to drafts first." in page


@pytest.mark.parametrize("number", ["", "0", "99", "x", "²", "9" * 30])
def test_reverting_to_nothing_is_not_found(signed_in, alice, draft, number):
    response = signed_in(alice).post(address_of(draft, "revert"), {"number": number})
    assert response.status_code == 404


def test_revert(signed_in, alice, draft):
    edit_content(by=alice, content_id=draft.id, expected_version=1, changes={"body": "Worse."})
    signed_in(alice).post(address_of(draft, "revert"), {"number": "1"})
    draft.refresh_from_db()
    assert draft.body == "It opens on Friday."


def test_steps_go_nowhere_else(signed_in, alice, draft):
    response = signed_in(alice).post(
        address_of(draft, "publish"), {"next": "https://elsewhere.example/"}
    )
    assert response.url == address_of(draft)


def test_undo_of_archiving_a_published_text_keeps_its_date(signed_in, alice, draft):
    client = signed_in(alice)
    client.post(address_of(draft, "publish"))
    published_at = Content.objects.get(id=draft.id).published_at
    client.post(address_of(draft, "archive"))
    client.post(address_of(draft, "unarchive"))
    content = Content.objects.get(id=draft.id)
    assert (content.status, content.published_at) == (Content.Status.PUBLISHED, published_at)
