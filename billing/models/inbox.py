"""What Stripe sent: each event once, from the moment that its signature was checked."""

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class InboxEventQuerySet(models.QuerySet["InboxEvent"]):
    """Which events."""

    def waiting(self) -> "InboxEventQuerySet":
        """Those that are to be worked on and nobody works on."""
        is_free = models.Q(claimed_until=None) | models.Q(claimed_until__lt=Now())
        return self.filter(is_free, status=InboxEvent.Status.RECEIVED, due_at__lte=Now())


class InboxEvent(models.Model):
    """An event, by Stripe's id for it. The payload is kept as it came, for a person to look at."""

    class Status(models.TextChoices):
        """What became of it."""

        RECEIVED = "RECEIVED", _("Waiting")
        DONE = "DONE", _("Done")
        IGNORED = "IGNORED", _("Nothing to do")
        DEAD = "DEAD", _("Given up")

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(_("type"), max_length=100)
    api_version = models.CharField(_("version"), max_length=40, blank=True)
    is_live = models.BooleanField(_("of the live world"))
    subject_id = models.CharField(_("about"), max_length=255, blank=True)
    customer_id = models.CharField(_("customer"), max_length=255, blank=True)
    # Text, since JSON columns refuse some of what JSON may hold.
    payload = models.TextField(_("payload"))
    occurred_at = models.DateTimeField(_("happened"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.RECEIVED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    claimed_until = models.DateTimeField(_("being worked on until"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects: ClassVar[Any] = models.Manager.from_queryset(InboxEventQuerySet)()

    class Meta:
        verbose_name = _("event of Stripe")
        verbose_name_plural = _("events of Stripe")
        ordering = ("-received_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(status="RECEIVED", ended_at=None)
                | (~models.Q(status="RECEIVED") & models.Q(ended_at__isnull=False)),
                name="billing_inbox_final_has_end",
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at"],
                condition=models.Q(status="RECEIVED"),
                name="billing_inbox_waiting",
            ),
            models.Index(fields=["customer_id", "-received_at"], name="billing_inbox_customer"),
            models.Index(fields=["subject_id", "type"], name="billing_inbox_subject"),
            models.Index(fields=["-received_at", "id"], name="billing_inbox_recent"),
        )

    def __str__(self) -> str:
        """What kind."""
        return self.type
