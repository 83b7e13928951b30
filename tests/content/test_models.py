"""What the database itself holds content to."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import User
from content.models import MAX_BODY_CHARACTERS, Content, Revision
from tests.factories import make_draft


@pytest.mark.parametrize(
    ("field", "value", "constraint"),
    [
        ("type", "POEM", "content_type_known"),
        ("status", "LOST", "content_status_known"),
        ("status", "SCHEDULED", "content_scheduled_has_time"),
        ("status", "PUBLISHED", "content_published_has_time"),
    ],
)
def test_the_database_refuses(alice: User, field: str, value: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        Content.objects.create(user=alice, title="x", body="x", **{field: value})


def test_content_has_an_owner(db: None) -> None:
    with pytest.raises(IntegrityError, match="user_id"):
        Content.objects.create(title="x", body="x")


def test_a_revision_has_a_number_of_its_own(alice: User) -> None:
    content = make_draft(alice)
    with pytest.raises(IntegrityError, match="content_revision_number"):
        Revision.objects.create(content=content, number=1, title="x", body="x")


@pytest.mark.parametrize(
    "facts",
    [
        {"title": "x" * 501},
        {"title": ""},
        {"body": ""},
        {"body": "x" * (MAX_BODY_CHARACTERS + 1)},
        {"type": "POEM"},
    ],
)
def test_a_draft_that_cannot_be_is_refused(alice: User, facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        make_draft(alice, **facts)
    assert set(refused.value.message_dict) >= set(facts)


def test_what_was_deleted_is_hidden(alice: User) -> None:
    content = make_draft(alice)
    Content.objects.filter(pk=content.pk).update(deleted_at=timezone.now())
    assert not Content.objects.exists()
    assert Content.everything.get() == content


def test_words_are_found_in_title_and_body_whatever_their_case(alice: User) -> None:
    make_draft(alice, title="Kiln Friday", body="Cups")
    make_draft(alice, title="Cups", body="the KILN is hot")
    make_draft(alice, title="100% wool", body="no clay")
    assert Content.objects.matching("kiln").count() == 2
    assert Content.objects.matching("%").count() == 1
