"""Purchases that were begun: one at a time for each person."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.account import BillingAccount, Interval
from billing.plans import PlanName


class CheckoutAttempt(models.Model):
    """A checkout page at Stripe. Its id is the idempotency key, so that twins get one page."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        BillingAccount,
        on_delete=models.CASCADE,
        related_name="checkouts",
        verbose_name=_("billing account"),
    )
    plan = models.CharField(_("plan"), max_length=10, choices=PlanName)
    interval = models.CharField(_("paid"), max_length=5, choices=Interval)
    session_id = models.CharField(_("session at Stripe"), max_length=255, blank=True)
    url = models.URLField(_("page"), max_length=2000, blank=True)
    expires_at = models.DateTimeField(_("expires"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        ordering = ("-created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(closed_at=None),
                name="billing_checkout_one_open",
            ),
        )

    def __str__(self) -> str:
        """What is bought."""
        return f"{self.get_plan_display()}, {self.get_interval_display()}"
