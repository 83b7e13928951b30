"""What staff have to look at."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.account import BillingAccount


class BillingAlert(models.Model):
    """Something that no rule may decide; one row while it is open, however often it is seen."""

    class Kind(models.TextChoices):
        """What it is."""

        UNKNOWN_PRICE = "UNKNOWN_PRICE", _("A price that is none of ours")
        UNKNOWN_STATUS = "UNKNOWN_STATUS", _("A status that is not known")
        TWO_SUBSCRIPTIONS = "TWO_SUBSCRIPTIONS", _("Somebody pays twice")
        CLOSED_ACCOUNT = "CLOSED_ACCOUNT", _("Somebody pays whose account is closed")
        DISPUTE = "DISPUTE", _("A payment is disputed")
        DEAD_EVENT = "DEAD_EVENT", _("An event was given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    about = models.CharField(_("about"), max_length=300)
    account = models.ForeignKey(
        BillingAccount,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="alerts",
        verbose_name=_("billing account"),
    )
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("first seen"), auto_now_add=True)
    seen_at = models.DateTimeField(_("last seen"), auto_now=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resolved by"),
    )

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "about"],
                condition=models.Q(resolved_at=None),
                name="billing_alert_open_once",
            ),
        )

    def __str__(self) -> str:
        """What it is."""
        return f"{self.get_kind_display()}: {self.about}"
