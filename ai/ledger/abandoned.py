"""Ends what belongs to a dead process."""

import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from ai.ledger.calls import ENDED_FIELDS, fill_in, never_made
from ai.ledger.opened import Outcome
from ai.ledger.settle import settle
from ai.models import Generation, Producer, ProviderCall
from ai.providers.base import ModelRef

logger = logging.getLogger("huntaze.ai")

MOST_AT_ONCE = 500
REMEMBERED = timedelta(days=7)


def settle_abandoned(
    *, lease: timedelta, newer_text: Callable[[UUID], str | None] = lambda _id: None
) -> list[Generation]:
    """End what nobody writes any more: FAILED with the text that was saved; those that were.

    Somebody is dead who has not beaten for a lease; a reservation that has come to its end is
    nobody's, either. `newer_text` may know more of a text than was saved.
    """
    if _is_database_younger_than(lease):
        # Nobody could beat while it was away.
        return []
    ended = []
    known = ("id", "text", "text_attempt", "frame_count")
    for generation in _abandoned(lease).only(*known)[:MOST_AT_ONCE]:
        text = newer_text(generation.id) or generation.text
        outcome = Outcome(
            Generation.Status.FAILED,
            text=text,
            error_code="interrupted",
            frame_count=generation.frame_count + 1,
            # What is shown as it comes is of the call that is open.
            written_by=generation.text_attempt if text == generation.text else None,
        )
        try:
            ended.append(settle(generation.id, outcome))
        except Exception:
            # One row that cannot be settled must not hold up those behind it.
            logger.exception("Could not settle the abandoned %s", generation.id)
    return ended


def _abandoned(lease: timedelta) -> QuerySet[Generation]:
    now = timezone.now()
    alive = Producer.objects.filter(id=OuterRef("producer_id"), beat_at__gte=now - lease)
    running: QuerySet[Generation] = Generation.objects.streaming()
    return running.filter(~Exists(alive) | Q(expires_at__lt=now)).order_by("created_at", "id")


@transaction.atomic
def release_strays() -> int:
    """Release what is open of generations that have ended; how many.

    Who wrote the row was cut off before it heard so (`turn_over`), made no call, and ended the
    generation by what it knew.
    """
    open_calls = ProviderCall.objects.filter(status=ProviderCall.Status.RESERVED)
    strays = open_calls.exclude(generation__status=Generation.Status.STREAMING)
    locked = strays.order_by("created_at").select_for_update(of=("self",), skip_locked=True)
    found = list(locked[:MOST_AT_ONCE])
    for call in found:
        fill_in(call, never_made(call.attempt, ModelRef(call.provider, call.model)))
        call.save(update_fields=ENDED_FIELDS)
    return len(found)


def _is_database_younger_than(lease: timedelta) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_postmaster_start_time()")
        (started_at,) = cursor.fetchone()
    return bool(started_at > timezone.now() - lease)


@transaction.atomic
def forget_producers() -> int:
    """Remove processes that ended long ago; how many."""
    removed, _by_model = Producer.objects.filter(beat_at__lt=timezone.now() - REMEMBERED).delete()
    return removed
