"""The worker publishes what is due: once, and only that."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from django.utils import timezone

from accounts.models import User
from analytics.models import Event
from content.models import Content
from content.services import delete_content, schedule_content
from content.tasks import publish_due
from tests.factories import make_draft

run = cast("Callable[..., int]", publish_due.func)


def _due(user: User, minutes: int) -> Content:
    content = make_draft(user)
    at = timezone.now() + timedelta(days=1)
    schedule_content(by=user, content_id=content.id, at=at)
    past = timezone.now() + timedelta(minutes=minutes)
    Content.objects.filter(pk=content.pk).update(scheduled_at=past)
    return content


def test_what_is_due_is_published_and_the_rest_waits(alice: User) -> None:
    due, later, gone = _due(alice, -1), _due(alice, 5), _due(alice, -1)
    delete_content(by=alice, content_id=gone.id)
    assert run(timestamp=0) == 1
    statuses = dict(Content.everything.values_list("id", "status"))
    assert statuses == {due.id: "PUBLISHED", later.id: "SCHEDULED", gone.id: "SCHEDULED"}
    due.refresh_from_db()
    assert due.published_at is not None
    assert due.scheduled_at is None


def test_the_second_run_finds_nothing(alice: User) -> None:
    _due(alice, -1)
    assert [run(timestamp=0), run(timestamp=1)] == [1, 0]
    assert Event.objects.filter(event_type="content_published").count() == 1
