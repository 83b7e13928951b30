"""The lease of a process: whoever has not beaten for a while is dead."""

import os
import socket
from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.utils import timezone

from ai.models import Producer


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


def save_texts(texts: Sequence[tuple[UUID, str, int]]) -> None:
    """Keep what has been written so far, (generation, text, frames), in one statement."""
    if not texts:
        return
    ids, written, frames = zip(*texts, strict=True)
    statement = """
        UPDATE ai_generation SET text = saved.text, frame_count = saved.frames
        FROM unnest(%s::uuid[], %s::text[], %s::int[]) AS saved (id, text, frames)
        WHERE ai_generation.id = saved.id AND status = 'STREAMING'
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(ids), list(written), list(frames)])
