"""What became of answers: said by the creator, or seen from what they do with a draft."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from ai.edits import share_changed
from ai.models import Feedback, Generation
from content.models import Content
from content.signals import content_changed, content_created, content_deleted, content_published

Verdict = Feedback.Verdict


class NotWrittenYet(Exception):
    """A text that is still being written cannot be judged."""


@transaction.atomic
def give_feedback(
    *, by: User, generation_id: UUID, verdict: str, edited_share: Decimal | None = None
) -> Feedback:
    """Store what somebody thinks of an answer; the same verdict again is the same row, renewed.

    Raises Generation.DoesNotExist for what is not theirs, NotWrittenYet before its end.
    """
    generation = Generation.objects.owned_by(by).get(id=generation_id)
    if not generation.is_final:
        raise NotWrittenYet
    # Asking for another text is done, not said: it yields to what is done or said later.
    return _note(generation, verdict, edited_share, is_implied=verdict == Verdict.REGENERATED)


def note_regenerated(generation: Generation) -> None:
    """Another answer was asked for in its place."""
    _note(generation, Verdict.REGENERATED, None, is_implied=True)


def verdict_of(generation: Generation) -> str:
    """The verdict that counts; empty when there is none."""
    counting = generation.feedback.order_by(*COUNTS_FIRST).first()
    return str(counting.verdict) if counting else ""


# What was said counts before what was seen; the newest of each first.
COUNTS_FIRST = ("is_implied", "-updated_at", "-id")


def _note(
    generation: Generation, verdict: str, edited_share: Decimal | None, *, is_implied: bool
) -> Feedback:
    row, is_new = Feedback.objects.get_or_create(
        generation=generation,
        verdict=verdict,
        defaults={"edited_share": edited_share, "is_implied": is_implied},
    )
    if not is_new:
        # What was said once stays said.
        row.is_implied = row.is_implied and is_implied
        row.edited_share = row.edited_share if edited_share is None else edited_share
        row.save(update_fields=["edited_share", "is_implied", "updated_at"])
    return row


def connect() -> None:
    """Called once, when the app is ready: what creators do with a draft says what they think."""
    content_created.connect(on_text, dispatch_uid="ai.feedback_created")
    content_changed.connect(on_text, dispatch_uid="ai.feedback_changed")
    content_published.connect(on_text, dispatch_uid="ai.feedback_published")
    content_deleted.connect(on_deleted, dispatch_uid="ai.feedback_deleted")


def on_text(content: Content, **_: Any) -> None:
    """Kept, saved or published: accepted as it is, or edited by how much."""
    generation = _written_by(content)
    if generation is None or content.deleted_at is not None:
        return
    share = share_changed(generation.text, content.body)
    verdict = Verdict.EDITED if share else Verdict.ACCEPTED
    _imply(generation, verdict, share or None)


def on_deleted(content: Content, **_: Any) -> None:
    """Thrown away without ever having been published."""
    if content.published_at is None and (generation := _written_by(content)):
        _imply(generation, Verdict.REJECTED, None)


def _written_by(content: Content) -> Generation | None:
    """The generation that a draft was kept from; None for what people wrote."""
    if not content.ai_generated:
        return None
    first = content.revisions.filter(number=1)
    # The text of an idea is ours, put together out of its answer: nothing to compare.
    texts = Generation.objects.filter(kind=Generation.Kind.TEXT, user=content.user_id)
    found: Generation | None = texts.filter(id__in=first.values("generation_id")).first()
    return found


def _imply(generation: Generation, verdict: str, share: Decimal | None) -> None:
    newest = generation.feedback.filter(is_implied=True).order_by("-updated_at", "-id").first()
    if newest and (newest.verdict, newest.edited_share) == (verdict, share):
        # An autosave every few seconds need not write it down again.
        return
    _note(generation, verdict, share, is_implied=True)
