"""Every change of a plan: support and churn figures read them."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.plans import PlanName


class PlanChange(models.Model):
    """From which plan to which, why, and when it took effect."""

    class Why(models.TextChoices):
        """What changed it."""

        SUBSCRIPTION = "SUBSCRIPTION", _("Bought, changed or resumed")
        CANCELED = "CANCELED", _("Subscription ended")
        PAYMENT = "PAYMENT", _("Not paid")
        GRACE = "GRACE", _("Grace has ended")
        GRANT = "GRANT", _("Given by staff")
        GRANT_ENDED = "GRANT_ENDED", _("What was given has ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="plan_changes",
        verbose_name=_("person"),
    )
    from_plan = models.CharField(_("from"), max_length=10, choices=PlanName)
    to_plan = models.CharField(_("to"), max_length=10, choices=PlanName)
    why = models.CharField(_("why"), max_length=12, choices=Why)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    happened_at = models.DateTimeField(_("when"), default=timezone.now)
    created_at = models.DateTimeField(_("noted"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of plan")
        verbose_name_plural = _("changes of plan")
        ordering = ("-created_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(from_plan=models.F("to_plan")), name="billing_change_changes"
            ),
        )
        indexes = (models.Index(fields=["user", "-created_at"], name="billing_change_user"),)

    def __str__(self) -> str:
        """From what to what."""
        return f"{self.get_from_plan_display()} → {self.get_to_plan_display()}"
