"""Every change of content: ownership, versions, revisions, steps."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from content import services
from content.models import Content
from content.services import StaleContent, TransitionRefused
from tests.factories import make_draft

Status = Content.Status
SOON = timedelta(days=1)


def _schedule(**facts: Any) -> Content:
    return services.schedule_content(at=timezone.now() + SOON, **facts)


def _edit(*, expected_version: int | None = None, **facts: Any) -> Content:
    changes = {"body": "changed"}
    return services.edit_content(expected_version=expected_version, changes=changes, **facts)


def _revert(**facts: Any) -> Content:
    return services.revert_content(number=1, **facts)


CHANGES: dict[str, Callable[..., Any]] = {
    "edit": _edit,
    "publish": services.publish_content,
    "schedule": _schedule,
    "archive": services.archive_content,
    "restore": services.restore_content,
    "delete": services.delete_content,
    "revert": _revert,
}
MOVES = {name: CHANGES[name] for name in ("publish", "schedule", "archive", "restore")}


def in_status(user: User, status: str) -> Content:
    """A piece that got there by the services."""
    content = make_draft(user)
    if status == Status.SCHEDULED:
        _schedule(by=user, content_id=content.id)
    elif status != Status.DRAFT:
        step = {"PUBLISHED": "publish", "ARCHIVED": "archive"}[status]
        CHANGES[step](by=user, content_id=content.id)
    content.refresh_from_db()
    return content


@pytest.mark.parametrize("change", CHANGES)
def test_a_stranger_changes_nothing(alice: User, charlie: User, change: str) -> None:
    content = make_draft(alice)
    before = Content.everything.values().get(pk=content.pk)
    with pytest.raises(Content.DoesNotExist):
        CHANGES[change](by=charlie, content_id=content.id)
    with pytest.raises(Content.DoesNotExist):
        CHANGES[change](by=charlie, content_id=uuid4())
    assert Content.everything.values().get(pk=content.pk) == before


@pytest.mark.parametrize("change", CHANGES)
def test_a_stale_version_changes_nothing(alice: User, change: str) -> None:
    content = make_draft(alice)
    _edit(by=alice, content_id=content.id)
    before = Content.everything.values().get(pk=content.pk)
    with pytest.raises(StaleContent) as refused:
        CHANGES[change](by=alice, content_id=content.id, expected_version=1)
    assert refused.value.current.version == 2
    assert refused.value.current.body == "changed"
    assert Content.everything.values().get(pk=content.pk) == before


TABLE = {
    ("DRAFT", "publish"): "PUBLISHED",
    ("DRAFT", "schedule"): "SCHEDULED",
    ("DRAFT", "archive"): "ARCHIVED",
    ("DRAFT", "restore"): "DRAFT",
    ("SCHEDULED", "publish"): "PUBLISHED",
    ("SCHEDULED", "schedule"): "SCHEDULED",
    ("SCHEDULED", "archive"): "ARCHIVED",
    ("SCHEDULED", "restore"): "DRAFT",
    ("PUBLISHED", "publish"): "PUBLISHED",
    ("PUBLISHED", "schedule"): None,
    ("PUBLISHED", "archive"): "ARCHIVED",
    ("PUBLISHED", "restore"): "DRAFT",
    ("ARCHIVED", "publish"): None,
    ("ARCHIVED", "schedule"): None,
    ("ARCHIVED", "archive"): "ARCHIVED",
    ("ARCHIVED", "restore"): "DRAFT",
}


@pytest.mark.parametrize(("status", "move"), TABLE)
def test_each_step_from_each_status(alice: User, status: str, move: str) -> None:
    content = in_status(alice, status)
    wanted = TABLE[status, move]
    if wanted is None:
        with pytest.raises(TransitionRefused):
            MOVES[move](by=alice, content_id=content.id)
        content.refresh_from_db()
        assert content.status == status
        return
    MOVES[move](by=alice, content_id=content.id)
    content.refresh_from_db()
    assert content.status == wanted
    assert (content.scheduled_at is not None) == (wanted == "SCHEDULED")
    if wanted != "ARCHIVED":
        assert (content.published_at is not None) == (wanted == "PUBLISHED")


def test_publishing_twice_is_once(alice: User) -> None:
    first = in_status(alice, "PUBLISHED")
    again = services.publish_content(by=alice, content_id=first.id)
    assert (again.version, again.published_at) == (first.version, first.published_at)


@pytest.mark.parametrize("delay", [timedelta(0), timedelta(seconds=-1), timedelta(days=-9)])
def test_nothing_is_scheduled_for_the_past(alice: User, delay: timedelta) -> None:
    content = make_draft(alice)
    with pytest.raises(TransitionRefused, match="still to come"):
        services.schedule_content(by=alice, content_id=content.id, at=timezone.now() + delay)


def test_deleting_hides_and_undeleting_brings_back(alice: User, charlie: User) -> None:
    content = in_status(alice, "SCHEDULED")
    services.delete_content(by=alice, content_id=content.id)
    with pytest.raises(Content.DoesNotExist):
        _edit(by=alice, content_id=content.id)
    with pytest.raises(Content.DoesNotExist):
        services.undelete_content(by=charlie, content_id=content.id)
    services.undelete_content(by=alice, content_id=content.id)
    assert Content.objects.get().status == "DRAFT"


def test_an_edit_and_a_move_are_one_or_nothing(alice: User) -> None:
    content = in_status(alice, "ARCHIVED")
    changes = {"body": "changed", "status": "PUBLISHED"}
    with pytest.raises(TransitionRefused):
        services.change_content(
            by=alice, content_id=content.id, expected_version=None, changes=changes
        )
    content.refresh_from_db()
    assert (content.body, content.revisions.count()) == ("Celadon.", 1)
