"""What happens to content. Every change locks its row, counts a version, keeps the old text."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from content.models import Content, Revision
from content.provenance import Provenance
from content.signals import content_changed, content_created, content_deleted, content_published

EDITABLE = frozenset({"title", "body", "type", "metadata"})
Status = Content.Status


class StaleContent(Exception):
    """Somebody saved meanwhile; `current` is the row as it stands."""

    def __init__(self, current: Content) -> None:
        super().__init__(_("This was changed elsewhere since you opened it."))
        self.current = current


class TransitionRefused(Exception):
    """The step is not possible from here; the sentence says why."""


class TimeMissing(TransitionRefused):
    """Something is to be scheduled, and nobody says for when."""


@transaction.atomic
def create_draft(
    *,
    by: User,
    title: str,
    body: str,
    type: str = Content.Type.POST,  # noqa: A002  (the domain's word)
    metadata: Mapping[str, Any] | None = None,
    provenance: Provenance | None = None,
) -> Content:
    """A new draft with its first revision. Raises ValidationError for what the model refuses."""
    content = Content(
        user=by,
        title=title,
        body=body,
        type=type,
        metadata=dict(metadata or {}),
        ai_generated=provenance is not None,
    )
    content.full_clean()
    content.save()
    _add_revision(content, by=by, provenance=provenance)
    content_created.send(sender=Content, content=content)
    return content


@transaction.atomic
def edit_content(
    *, by: User, content_id: UUID, expected_version: int | None, changes: Mapping[str, Any]
) -> Content:
    """Change title, body, type or metadata; a changed text is a new revision.

    `expected_version` None means "whatever it is". Raises StaleContent when it moved on,
    ValidationError for refused values, Content.DoesNotExist for what is not theirs.
    """
    content = _locked(by, content_id)
    _expect(content, expected_version)
    wanted = {name: value for name, value in changes.items() if name in EDITABLE}
    changed = [name for name, value in wanted.items() if getattr(content, name) != value]
    if not changed:
        return content
    for name in changed:
        setattr(content, name, wanted[name])
    content.full_clean()
    _save(content, *changed)
    if {"title", "body"} & set(changed):
        _add_revision(content, by=by)
    return content


def publish_content(*, by: User, content_id: UUID, expected_version: int | None = None) -> Content:
    """Publish now, a draft or a scheduled piece. Published already: nothing happens twice."""
    with transaction.atomic():
        content = _locked(by, content_id)
        _expect(content, expected_version)
        return publish_locked(content)


def publish_locked(content: Content) -> Content:
    """Publish a row that the caller holds locked."""
    if content.status == Status.PUBLISHED:
        return content
    if content.status == Status.ARCHIVED:
        raise TransitionRefused(_("This is archived. Bring it back to drafts first."))
    content.status = Status.PUBLISHED
    content.published_at = timezone.now()
    content.scheduled_at = None
    _save(content, "status", "published_at", "scheduled_at")
    content_published.send(sender=Content, content=content)
    return content


@transaction.atomic
def schedule_content(
    *, by: User, content_id: UUID, at: datetime, expected_version: int | None = None
) -> Content:
    """Publish later; a scheduled piece moves to the new time."""
    content = _locked(by, content_id)
    _expect(content, expected_version)
    if content.status not in {Status.DRAFT, Status.SCHEDULED}:
        raise TransitionRefused(_("Only a draft can be scheduled."))
    if at <= timezone.now():
        raise TransitionRefused(_("Choose a time that is still to come."))
    # A form gives the creator's own zone; whoever is told of it hears UTC, as the API says it.
    content.status, content.scheduled_at = Status.SCHEDULED, at.astimezone(UTC)
    return _save(content, "status", "scheduled_at")


@transaction.atomic
def archive_content(*, by: User, content_id: UUID, expected_version: int | None = None) -> Content:
    """Put it away; a schedule is dropped."""
    content = _locked(by, content_id)
    _expect(content, expected_version)
    if content.status == Status.ARCHIVED:
        return content
    content.status, content.scheduled_at = Status.ARCHIVED, None
    return _save(content, "status", "scheduled_at")


@transaction.atomic
def restore_content(*, by: User, content_id: UUID, expected_version: int | None = None) -> Content:
    """Back to drafts, from wherever it is."""
    content = _locked(by, content_id)
    _expect(content, expected_version)
    if content.status == Status.DRAFT:
        return content
    content.status, content.scheduled_at, content.published_at = Status.DRAFT, None, None
    return _save(content, "status", "scheduled_at", "published_at")


@transaction.atomic
def unarchive_content(*, by: User, content_id: UUID) -> Content:
    """Undo archiving: published again where it was published, on its old date; else a draft."""
    content = _locked(by, content_id)
    if content.status != Status.ARCHIVED:
        return content
    content.status = Status.PUBLISHED if content.published_at else Status.DRAFT
    return _save(content, "status")


@transaction.atomic
def delete_content(*, by: User, content_id: UUID, expected_version: int | None = None) -> None:
    """Remove it from every list; the row stays for an undo. Raises StaleContent, DoesNotExist."""
    content = _locked(by, content_id)
    _expect(content, expected_version)
    content.deleted_at = timezone.now()
    _save(content, "deleted_at")
    content_deleted.send(sender=Content, content=content)


@transaction.atomic
def undelete_content(*, by: User, content_id: UUID) -> Content:
    """Undo a deletion; a piece that was due meanwhile comes back as a draft, not published late."""
    content: Content = Content.everything.owned_by(by).select_for_update().get(id=content_id)
    if content.deleted_at is None:
        return content
    content.deleted_at = None
    if content.status == Status.SCHEDULED:
        content.status, content.scheduled_at = Status.DRAFT, None
    return _save(content, "deleted_at", "status", "scheduled_at")


@transaction.atomic
def revert_content(
    *, by: User, content_id: UUID, number: int, expected_version: int | None = None
) -> Content:
    """Bring back the text of a revision, as a new one. Raises Revision.DoesNotExist."""
    content = _locked(by, content_id)
    _expect(content, expected_version)
    revision = content.revisions.get(number=number)
    if (content.title, content.body) == (revision.title, revision.body):
        return content
    content.title, content.body = revision.title, revision.body
    _save(content, "title", "body")
    _add_revision(content, by=by, reverted=revision)
    return content


def _locked(by: User, content_id: UUID) -> Content:
    content: Content = Content.objects.owned_by(by).select_for_update().get(id=content_id)
    return content


def _expect(content: Content, version: int | None) -> None:
    if version is not None and content.version != version:
        raise StaleContent(content)


def _save(content: Content, *fields: str) -> Content:
    content.version += 1
    content.save(update_fields=[*fields, "version", "updated_at"])
    content_changed.send(sender=Content, content=content)
    return content


def _add_revision(
    content: Content,
    *,
    by: User,
    provenance: Provenance | None = None,
    reverted: Revision | None = None,
) -> None:
    """Number the text as it stands. The caller holds the row, so the number is free."""
    last = content.revisions.aggregate(last=Max("number"))["last"] or 0
    revision = Revision(
        content=content, number=last + 1, title=content.title, body=content.body, author=by
    )
    origin: Provenance | Revision | None = provenance or reverted
    if origin is not None:
        revision.generation_id = origin.generation_id
        revision.prompt, revision.provider = origin.prompt, origin.provider
        revision.model, revision.cost_usd = origin.model, origin.cost_usd
        revision.source = Revision.Source.AI if provenance else Revision.Source.REVERT
    if reverted is not None:
        revision.note = _("Brought back revision %(number)d") % {"number": reverted.number}
    revision.save()


@transaction.atomic
def change_content(
    *,
    by: User,
    content_id: UUID,
    expected_version: int | None,
    changes: Mapping[str, Any],
) -> Content:
    """Edit and move in one step, as the API's PATCH does: all of it or nothing.

    `status` and `scheduled_at` in the changes name the move; a time alone reschedules.
    """
    content = edit_content(
        by=by, content_id=content_id, expected_version=expected_version, changes=changes
    )
    return move_content(by=by, content=content, changes=changes)


def move_content(*, by: User, content: Content, changes: Mapping[str, Any]) -> Content:
    """The move that `status` and `scheduled_at` ask for, if any.

    Raises TransitionRefused, TimeMissing.
    """
    status, at = changes.get("status"), changes.get("scheduled_at")
    if status is None and at is not None:
        status = Status.SCHEDULED
    if status is None or (status == content.status and at in {None, content.scheduled_at}):
        return content
    if status == Status.SCHEDULED:
        if at is None:
            raise TimeMissing(_("Say when to publish: scheduledAt is missing."))
        return schedule_content(by=by, content_id=content.id, at=at)
    steps = {
        Status.DRAFT: restore_content,
        Status.PUBLISHED: publish_content,
        Status.ARCHIVED: archive_content,
    }
    return steps[Status(status)](by=by, content_id=content.id)
