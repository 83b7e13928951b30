"""Reads have tags and may be answered 304; writes name the tag that they mean."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from ai.models import Generation
from ai.services import keep_generation
from content import services
from content.models import Content
from content.tasks import publish_due
from tests.factories import make_draft, make_generation

JSON = "application/json"
NOBODYS = "00000000-0000-0000-0000-000000000007"
PUBLIC = {"/api/billing/plans", "/api/schema"}
IMPERSONAL = {*PUBLIC, "/api/billing/subscription"}


def paths_of(user: User) -> list[str]:
    content = make_draft(user)
    generation = make_generation(user, status="DONE", text="x")
    return [
        "/api/auth/session",
        "/api/users/me",
        f"/api/users/{user.pk}",
        "/api/content",
        "/api/content?limit=1&page=2&status=DRAFT&ordering=title",
        f"/api/content/{content.id}",
        f"/api/content/{content.id}/revisions",
        "/api/ai/generations",
        f"/api/ai/generations/{generation.id}",
        "/api/ai/usage",
        "/api/billing/plans",
        "/api/billing/subscription",
        "/api/schema",
    ]


def test_every_read_has_a_tag_that_spares_its_body(alice: User, api_client: Any) -> None:
    client = api_client(alice, is_unthrottled=True)
    for path in paths_of(alice):
        whole = client.get(path)
        tag = whole.headers["ETag"]
        assert (whole.status_code, tag[0], tag[-1]) == (200, '"', '"'), path
        assert whole.headers["Cache-Control"] == "private, no-cache", path
        for wanted in (tag, f"W/{tag}", f'"x", {tag}', f'W/"x",W/{tag} , "y"', "*"):
            spared = client.get(path, headers={"If-None-Match": wanted})
            assert (spared.status_code, spared.content) == (304, b""), (path, wanted)
            assert spared.headers["ETag"] == tag
            assert spared.headers["X-Request-ID"]
            assert "X-RateLimit-Limit" in spared.headers
        for wanted in ('"x"', tag.strip('"'), "", '"'):
            again = client.get(path, headers={"If-None-Match": wanted})
            assert (again.status_code, again.content) == (200, whole.content), (path, wanted)
        head = client.head(path)
        assert (head.status_code, head.headers["ETag"]) == (200, tag), path
        assert client.head(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_read_takes_no_notice_of_if_match(alice: User, api_client: Any) -> None:
    client = api_client(alice, is_unthrottled=True)
    for path in paths_of(alice):
        for headers in ({"If-Match": '"x"'}, {"If-Match": '"x"', "If-None-Match": '"y"'}):
            assert client.get(path, headers=headers).status_code == 200, path


def test_a_refusal_has_no_tag(alice: User, charlie: User, api_client: Any) -> None:
    theirs = make_draft(charlie)
    client = api_client(alice)
    bad = ["/api/content?limit=0", "/api/content?status=LOST", "/api/nothing"]
    bad += [f"/api/content/{theirs.id}", f"/api/content/{theirs.id}/revisions"]
    bad += [f"/api/content/{NOBODYS}/revisions", f"/api/users/{charlie.pk}"]
    for path in bad:
        plain = client.get(path)
        assert plain.status_code in {400, 404}
        assert "ETag" not in plain.headers
        for wanted in ("*", '"1"', '"x", "1"'):
            response = client.get(path, headers={"If-None-Match": wanted})
            assert response.status_code == plain.status_code, (path, wanted)


def test_a_tag_of_somebody_opens_nothing_for_another(
    alice: User, charlie: User, api_client: Any
) -> None:
    mine = api_client(alice, is_unthrottled=True)
    stranger = api_client(charlie, is_unthrottled=True)
    for path in paths_of(alice):
        tag = mine.get(path).headers["ETag"]
        plain = stranger.get(path)
        found = stranger.get(path, headers={"If-None-Match": tag})
        # The same tag is the same words: those that say nothing of anybody.
        is_same = plain.headers.get("ETag") == tag
        assert found.status_code == (304 if is_same else plain.status_code), path
        assert is_same == (path in IMPERSONAL), path
        nobody = Client(REMOTE_ADDR=f"192.0.2.{len(path)}").get(
            path, headers={"If-None-Match": tag}
        )
        assert nobody.status_code in {304 if path in PUBLIC else 401, 200}, path


def test_a_304_may_be_read_across_origins(alice: User, api_client: Any, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://spa.example"]
    client = api_client(alice)
    for path in ("/api/content", "/api/users/me", f"/api/content/{make_draft(alice).id}"):
        asks = {"Origin": "https://spa.example"}
        tag = client.get(path, headers=asks).headers["ETag"]
        response = client.get(path, headers={**asks, "If-None-Match": tag})
        assert response.status_code == 304
        assert response.headers["Access-Control-Allow-Origin"] == "https://spa.example"
        assert "x-ratelimit-reset" in response.headers["Access-Control-Expose-Headers"]
        assert "origin" in response.headers["Vary"]


def rename_by_hand(content: Content) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE content_content SET title = 'By hand', version = version + 1 WHERE id = %s",
            [content.id],
        )


def publish_what_is_due(content: Content) -> None:
    past = timezone.now() - timedelta(minutes=1)
    Content.objects.filter(pk=content.pk).update(status="SCHEDULED", scheduled_at=past)
    assert publish_due(0) == 1


def keep_another(content: Content) -> None:
    generation = make_generation(content.user, status=Generation.Status.DONE, text="Kept.")
    keep_generation(by=content.user, generation_id=generation.id)


def undelete(content: Content) -> None:
    services.delete_content(by=content.user, content_id=content.id)
    services.undelete_content(by=content.user, content_id=content.id)


def edit_and_revert(content: Content) -> None:
    edit(content)
    services.revert_content(by=content.user, content_id=content.id, number=1)


def edit(content: Content) -> None:
    changes = {"body": "Another."}
    services.edit_content(
        by=content.user, content_id=content.id, expected_version=None, changes=changes
    )


def schedule(content: Content) -> None:
    at = timezone.now() + timedelta(days=1)
    services.schedule_content(by=content.user, content_id=content.id, at=at)


def archive(content: Content) -> None:
    services.archive_content(by=content.user, content_id=content.id)


def unarchive(content: Content) -> None:
    archive(content)
    services.unarchive_content(by=content.user, content_id=content.id)


CHANGES = [rename_by_hand, publish_what_is_due, undelete, edit, edit_and_revert]
CHANGES += [schedule, archive, unarchive]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_piece_has_another_tag(alice: User, api_client: Any, change: Any) -> None:
    content = make_draft(alice)
    client = api_client(alice)
    path = f"/api/content/{content.id}"
    before = client.get(path)
    change(content)
    after = client.get(path, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] == f'"{after.json()["version"]}"' != before.headers["ETag"]


def make_another(content: Content) -> None:
    make_draft(content.user, "Another")


def delete(content: Content) -> None:
    services.delete_content(by=content.user, content_id=content.id)


def delete_the_row(content: Content) -> None:
    content.delete()


def make_many(content: Content) -> None:
    rows = [Content(user=content.user, title=str(n), body="x") for n in range(3)]
    Content.objects.bulk_create(rows)


@pytest.mark.parametrize(
    "change", [*CHANGES, make_another, make_many, keep_another, delete, delete_the_row]
)
def test_a_changed_list_has_another_tag(
    alice: User, charlie: User, api_client: Any, change: Any
) -> None:
    content = make_draft(alice)
    make_draft(charlie)
    client, stranger = api_client(alice), api_client(charlie)
    paths = ["/api/content", "/api/content?limit=1", "/api/content?search=x"]
    before = [client.get(path).headers["ETag"] for path in paths]
    theirs = stranger.get("/api/content").headers["ETag"]
    change(content)
    after = [client.get(path).headers["ETag"] for path in paths]
    assert not set(before) & set(after)
    assert stranger.get("/api/content").headers["ETag"] == theirs


def test_people_change_their_tag(alice: User, sam: User, api_client: Any) -> None:
    client, staff = api_client(alice), api_client(sam)
    path = f"/api/users/{alice.pk}"
    tags = [client.get(path).headers["ETag"]]
    assert staff.get(path).headers["ETag"] == tags[0]
    client.patch(path, {"name": "Al"}, JSON)
    tags.append(client.get(path).headers["ETag"])
    staff.patch(path, {"name": "Alice"}, JSON)
    tags.append(client.get(path).headers["ETag"])
    User.objects.filter(pk=alice.pk).update(handle="alice")
    tags.append(client.get(path).headers["ETag"])
    assert len(set(tags)) == 4
