"""What a comparison of Stripe and our rows found."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.account import BillingAccount


class Reconciliation(models.Model):
    """One run over all that Stripe knows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    checked = models.PositiveIntegerField(_("accounts checked"), default=0)
    drifted = models.PositiveIntegerField(_("repaired"), default=0)
    failure = models.CharField(_("failure"), max_length=300, blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ("-started_at", "id")

    def __str__(self) -> str:
        """When."""
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class Drift(models.Model):
    """An account that said something else than Stripe, and was repaired."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(
        Reconciliation,
        on_delete=models.CASCADE,
        related_name="drifts",
        verbose_name=_("reconciliation"),
    )
    account = models.ForeignKey(
        BillingAccount,
        on_delete=models.CASCADE,
        related_name="drifts",
        verbose_name=_("billing account"),
    )
    # {field: [what we had, what Stripe says]}
    differences = models.JSONField(_("differences"))
    created_at = models.DateTimeField(_("found"), auto_now_add=True)

    class Meta:
        verbose_name = _("drift")
        verbose_name_plural = _("drifts")
        ordering = ("-created_at", "id")

    def __str__(self) -> str:
        """What differed."""
        return ", ".join(self.differences)
