"""Mails about a plan: each of them once, whatever is delivered how often."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class BillingNotice(models.Model):
    """A mail that is owed, or was sent. `about` is what it tells of, by Stripe's id for it."""

    class Kind(models.TextChoices):
        """What it says."""

        CONFIRMED = "CONFIRMED", _("Confirmation")
        PAYMENT_FAILED = "PAYMENT_FAILED", _("Payment failed")
        ACTION_REQUIRED = "ACTION_REQUIRED", _("Payment has to be confirmed")
        TRIAL_ENDING = "TRIAL_ENDING", _("Trial is ending")
        ENDING = "ENDING", _("Cancelled, ends with the period")
        CANCELED = "CANCELED", _("Subscription has ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="billing_notices",
        verbose_name=_("person"),
    )
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    about = models.CharField(_("about"), max_length=300)
    # What the words need, as it was then.
    facts = models.JSONField(_("facts"), default=dict)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("mail about a plan")
        verbose_name_plural = _("mails about plans")
        ordering = ("-created_at", "id")
        constraints = (
            models.UniqueConstraint(fields=["user", "kind", "about"], name="billing_notice_once"),
        )

    def __str__(self) -> str:
        """What it says."""
        return str(self.get_kind_display())
