"""Publishes what is due, every minute."""

import logging
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from content.models import Content
from content.news import tell_as_scheduled
from content.services import publish_locked

logger = logging.getLogger("huntaze.content")
BATCH = 200


@app.periodic(cron="* * * * *")
@app.task(name="content.publish_due", queueing_lock="content.publish_due", pass_context=False)
def publish_due(timestamp: int) -> int:
    """Publish each scheduled piece whose time has come; how many. Twins skip each other's rows."""
    due = Content.objects.filter(status=Content.Status.SCHEDULED, scheduled_at__lte=timezone.now())
    ids: list[UUID] = list(due.order_by("scheduled_at").values_list("id", flat=True)[:BATCH])
    return sum(_publish(content_id) for content_id in ids)


def _publish(content_id: UUID) -> bool:
    """One piece in one transaction, so that a failing one holds up no other."""
    with transaction.atomic():
        content = (
            Content.objects.filter(
                id=content_id, status=Content.Status.SCHEDULED, scheduled_at__lte=timezone.now()
            )
            .select_for_update(skip_locked=True)
            .first()
        )
        if content is None:
            return False
        publish_locked(content)
        tell_as_scheduled(content)
    logger.info("Published %s as scheduled", content_id)
    return True
