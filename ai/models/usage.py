"""The counters of each usage period."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class UsagePeriod(models.Model):
    """What somebody used and reserved in one usage period; changed by conditional updates alone."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="usage_periods",
        verbose_name=_("person"),
    )
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    generations_used = models.IntegerField(_("generations"), default=0)
    generations_reserved = models.IntegerField(_("generations under way"), default=0)
    spend_used_usd = models.DecimalField(
        _("spent, US dollars"), max_digits=14, decimal_places=8, default=0
    )
    spend_reserved_usd = models.DecimalField(
        _("reserved, US dollars"), max_digits=14, decimal_places=8, default=0
    )
    spend_full_usd = models.DecimalField(
        _("the same on the strong model, US dollars"), max_digits=14, decimal_places=8, default=0
    )
    spend_mini_usd = models.DecimalField(
        _("the same on the quick model, US dollars"), max_digits=14, decimal_places=8, default=0
    )
    cache_saved_usd = models.DecimalField(
        _("saved by reusing answers, US dollars"), max_digits=14, decimal_places=8, default=0
    )

    class Meta:
        verbose_name = _("usage period")
        verbose_name_plural = _("usage periods")
        ordering = ("-start", "id")
        constraints = (
            models.UniqueConstraint(fields=["user", "start"], name="ai_usage_one_per_period"),
            models.CheckConstraint(
                condition=models.Q(generations_used__gte=0, generations_reserved__gte=0),
                name="ai_usage_counts_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(spend_used_usd__gte=0, spend_reserved_usd__gte=0),
                name="ai_usage_spend_not_negative",
            ),
        )

    def __str__(self) -> str:
        """Its first day."""
        return f"{self.start:%Y-%m-%d}"
