"""What staff have switched off."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ModelSwitch(models.Model):
    """A provider, or one model of it, that is not asked for as long as it is off."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(_("provider"), max_length=20)
    model = models.CharField(
        _("model"), max_length=120, blank=True, help_text=_("Empty: every model of the provider.")
    )
    is_off = models.BooleanField(_("off"), default=True)
    reason = models.CharField(_("reason"), max_length=300)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("changed by"),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("model switch")
        verbose_name_plural = _("model switches")
        ordering = ("provider", "model")
        constraints = (
            models.UniqueConstraint(fields=["provider", "model"], name="ai_switch_one_per_model"),
        )

    def __str__(self) -> str:
        """What it switches."""
        return f"{self.provider}:{self.model or '*'}"
