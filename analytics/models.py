"""What happened: one row an event, written once, never changed."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """Something that a creator, or their content, did."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="events",
        verbose_name=_("person"),
    )
    event_type = models.CharField(_("event"), max_length=64)
    event_data = models.JSONField(_("data"), default=dict, blank=True)
    occurred_at = models.DateTimeField(_("occurred"), default=timezone.now)
    created_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("-occurred_at", "id")
        indexes = (
            models.Index(fields=["user", "-occurred_at"], name="analytics_event_user"),
            models.Index(fields=["event_type", "-occurred_at"], name="analytics_event_type"),
        )

    def __str__(self) -> str:
        """Its type."""
        return self.event_type
