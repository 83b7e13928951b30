"""What grants a plan besides a subscription: a member of staff, with a reason and an end."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from billing.plans import PlanName


class PlanGrantQuerySet(models.QuerySet["PlanGrant"]):
    """Which grants."""

    def in_force(self) -> "PlanGrantQuerySet":
        """Those that count now, by the database's clock."""
        is_open = models.Q(ends_at=None) | models.Q(ends_at__gt=Now())
        return self.filter(is_open, starts_at__lte=Now())


class PlanGrant(models.Model):
    """A plan given by hand."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="plan_grants",
        verbose_name=_("person"),
    )
    plan = models.CharField(_("plan"), max_length=10, choices=PlanName)
    reason = models.CharField(_("reason"), max_length=500)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("granted by"),
        help_text=_("Empty: by a command on the server."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[Any] = models.Manager.from_queryset(PlanGrantQuerySet)()

    class Meta:
        verbose_name = _("plan grant")
        verbose_name_plural = _("plan grants")
        ordering = ("-created_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gte=models.F("starts_at")),
                name="billing_grant_ends_after_start",
                violation_error_message=_("A grant ends after it starts."),
            ),
            models.CheckConstraint(
                condition=models.Q(plan__in=PlanName.values), name="billing_grant_plan_known"
            ),
        )
        indexes = (models.Index(fields=["user", "-created_at"], name="billing_grant_user"),)

    def __str__(self) -> str:
        """Which plan."""
        return str(self.get_plan_display())
