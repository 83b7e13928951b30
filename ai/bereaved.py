"""Ends the generations of dead processes: their rows first, then the logs that are followed."""

import logging
from datetime import timedelta
from uuid import UUID

from ai import engine
from ai.ledger import release_strays, settle_abandoned
from ai.models import Generation
from ai.stream.ends import LogAway, end_log, text_in_log

logger = logging.getLogger("huntaze.ai")


def end_bereaved(*, lease: timedelta) -> int:
    """Settle what nobody writes any more and tell its followers, in any process; how many."""
    ended = settle_abandoned(lease=lease, newer_text=_newer_text)
    for row in ended:
        _tell(row)
    if strays := release_strays():
        logger.warning("Released %d calls that were written and never made", strays)
    return len(ended)


def _newer_text(generation_id: UUID) -> str | None:
    try:
        return text_in_log(generation_id)
    except LogAway:
        # What was saved, up to two seconds older, has to do.
        return None


def _tell(row: Generation) -> None:
    event, data = engine.last_frame(row)
    try:
        number = end_log(row.id, event, data, text=row.text)
    except LogAway:
        logger.warning("Who follows %s finds its end in the row: Redis is away", row.id)
        return
    if number is not None and number != row.frame_count:
        Generation.objects.filter(pk=row.pk).update(frame_count=number)
