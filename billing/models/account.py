"""One row a person: their customer at Stripe, and what the mirror says of their subscription."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from billing.plans import PlanName


class SubscriptionStatus(models.TextChoices):
    """Stripe's, in the contract's words."""

    ACTIVE = "ACTIVE", _("Active")
    TRIALING = "TRIALING", _("On trial")
    PAST_DUE = "PAST_DUE", _("Payment failed")
    UNPAID = "UNPAID", _("Unpaid")
    CANCELED = "CANCELED", _("Cancelled")
    INCOMPLETE = "INCOMPLETE", _("Not paid yet")
    PAUSED = "PAUSED", _("Paused")


class Interval(models.TextChoices):
    """How often is paid."""

    MONTH = "month", _("Monthly")
    YEAR = "year", _("Yearly")


GRANTING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING)


class BillingAccountQuerySet(models.QuerySet["BillingAccount"]):
    """Which accounts."""

    def paying(self) -> "BillingAccountQuerySet":
        """Those whose subscription gives them its plan now, by the database's clock."""
        in_grace = models.Q(status=SubscriptionStatus.PAST_DUE, grace_ends_at__gt=Now())
        return self.filter(models.Q(status__in=GRANTING) | in_grace).exclude(plan="")


class BillingAccount(models.Model):
    """Written by `billing.sync` alone, out of the mirror; read by `billing.entitlements`.

    Reads of Stripe are numbered in the order in which they begin (`read_count`). A read that comes
    back behind a later one is not applied: what the later one saw is at least as new.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="billing",
        verbose_name=_("person"),
    )
    stripe_customer_id = models.CharField(
        _("customer at Stripe"), max_length=255, unique=True, null=True, blank=True
    )
    subscription_id = models.CharField(_("subscription at Stripe"), max_length=255, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=SubscriptionStatus, blank=True)
    plan = models.CharField(_("plan paid for"), max_length=10, choices=PlanName, blank=True)
    interval = models.CharField(_("paid"), max_length=5, choices=Interval, blank=True)
    period_start = models.DateTimeField(_("period began"), null=True, blank=True)
    period_end = models.DateTimeField(_("period ends"), null=True, blank=True)
    # The day of the month that the periods begin on, where the month has it.
    anchor_day = models.PositiveSmallIntegerField(_("day of the month"), null=True, blank=True)
    is_ending = models.BooleanField(_("ends with the period"), default=False)
    trial_ends_at = models.DateTimeField(_("trial ends"), null=True, blank=True)
    grace_ends_at = models.DateTimeField(_("grace ends"), null=True, blank=True)
    has_had_trial = models.BooleanField(_("has had a trial"), default=False)

    # The plan that was told last; a change of it is a row of PlanChange.
    told_plan = models.CharField(_("plan"), max_length=10, choices=PlanName, default=PlanName.FREE)
    read_count = models.PositiveBigIntegerField(_("reads begun"), default=0)
    applied_read = models.PositiveBigIntegerField(_("read that stands"), default=0)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects: ClassVar[Any] = models.Manager.from_queryset(BillingAccountQuerySet)()

    class Meta:
        verbose_name = _("billing account")
        verbose_name_plural = _("billing accounts")
        ordering = ("-created_at", "user_id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(status__in=["", *SubscriptionStatus.values]),
                name="billing_account_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(plan__in=["", *PlanName.values])
                & models.Q(told_plan__in=PlanName.values),
                name="billing_account_plan_known",
            ),
            models.CheckConstraint(
                condition=models.Q(applied_read__lte=models.F("read_count")),
                name="billing_account_reads_in_order",
            ),
        )

    def __str__(self) -> str:
        """Whose."""
        return str(self.user)
