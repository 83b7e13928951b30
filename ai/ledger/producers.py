"""The lease of a process: whoever has not beaten for a while is dead."""

import os
import socket
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection
from django.utils import timezone

from ai.models import Generation, Producer


def begin_lease() -> UUID:
    """A lease for this process; its id."""
    return Producer.objects.create(host=_host(), pid=os.getpid()).id


def _host() -> str:
    return socket.gethostname()[:255]


def beat(producer_id: UUID) -> None:
    """Say that this process lives."""
    if not Producer.objects.filter(id=producer_id).update(beat_at=timezone.now()):
        # A database that was restored does not know this process.
        Producer.objects.create(id=producer_id, host=_host(), pid=os.getpid())


def end_lease(producer_id: UUID) -> None:
    """This process writes nothing any more."""
    Producer.objects.filter(id=producer_id).update(ended_at=timezone.now())


def save_texts(texts: Sequence[tuple[UUID, str, int, int]]) -> None:
    """Keep what has been written so far, (generation, text, frames, call), in one statement."""
    if not texts:
        return
    statement = """
        UPDATE ai_generation
        SET text = saved.text, frame_count = saved.frames, text_attempt = saved.attempt
        FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::smallint[])
            AS saved (id, text, frames, attempt)
        WHERE ai_generation.id = saved.id AND status = 'STREAMING'
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*texts, strict=True)])


def ask_to_cancel(generation_ids: Collection[UUID]) -> None:
    """Let whoever writes these stop: seen within a few seconds, and lost by no outage."""
    running = Generation.objects.streaming().filter(id__in=generation_ids)
    running.update(is_cancel_asked=True)


def asked_to_cancel(producer_id: UUID) -> list[UUID]:
    """What this process writes and somebody wants to be stopped."""
    running = Generation.objects.streaming().filter(producer_id=producer_id)
    return list(running.filter(is_cancel_asked=True).values_list("id", flat=True))
