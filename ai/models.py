"""The ledger's rows: generations, from before the first upstream byte, and periods' counters."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ai.brief import Language, Length, Platform, Quality, Tone
from content.models import Content


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


class GenerationQuerySet(models.QuerySet["Generation"]):
    """Which generations."""

    def owned_by(self, user: Any) -> "GenerationQuerySet":
        """Those of one person."""
        return self.filter(user=user)

    def streaming(self) -> "GenerationQuerySet":
        """Those that have not ended."""
        return self.filter(status=Generation.Status.STREAMING)


class Generation(models.Model):
    """One answer of a model: asked, written, settled exactly once."""

    class Status(models.TextChoices):
        """Where it stands; all but the first are final."""

        STREAMING = "STREAMING", _("Being written")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")
        CANCELED = "CANCELED", _("Stopped")

    class Tier(models.TextChoices):
        """Which kind of model."""

        MINI = "mini", _("Quick")
        FULL = "full", _("Strongest")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="generations",
        verbose_name=_("person"),
    )
    period = models.ForeignKey(
        UsagePeriod, on_delete=models.PROTECT, related_name="generations", verbose_name=_("period")
    )
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.STREAMING)

    prompt = models.TextField(_("prompt"))
    type = models.CharField(_("type"), max_length=10, choices=Content.Type)
    tone = models.CharField(_("tone"), max_length=20, choices=Tone)
    length = models.CharField(_("length"), max_length=10, choices=Length)
    language = models.CharField(_("language"), max_length=8, choices=Language)
    platform = models.CharField(_("platform"), max_length=20, choices=Platform, blank=True)
    quality = models.CharField(_("quality"), max_length=4, choices=Quality)

    provider = models.CharField(_("provider"), max_length=20, blank=True)
    model = models.CharField(_("model"), max_length=120, blank=True)
    tier = models.CharField(_("tier"), max_length=4, choices=Tier)
    route_reason = models.CharField(_("why this model"), max_length=300)

    text = models.TextField(_("text"), blank=True)
    frame_count = models.PositiveIntegerField(_("frames"), default=0)
    finish_reason = models.CharField(_("finish reason"), max_length=40, blank=True)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    input_tokens = models.PositiveIntegerField(_("input tokens"), null=True, blank=True)
    cached_input_tokens = models.PositiveIntegerField(
        _("cached input tokens"), null=True, blank=True
    )
    output_tokens = models.PositiveIntegerField(_("output tokens"), null=True, blank=True)
    is_usage_estimated = models.BooleanField(_("usage is an estimate"), default=False)
    reserved_usd = models.DecimalField(_("reserved"), max_digits=14, decimal_places=8, default=0)
    cost_usd = models.DecimalField(
        _("cost"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    cost_if_full_usd = models.DecimalField(
        _("cost on the strong model"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    first_token_ms = models.PositiveIntegerField(_("first token, ms"), null=True, blank=True)
    latency_ms = models.PositiveIntegerField(_("duration, ms"), null=True, blank=True)

    beat_at = models.DateTimeField(_("last sign of life"))
    kept_content_id = models.UUIDField(_("kept as"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects: ClassVar[Any] = models.Manager.from_queryset(GenerationQuerySet)()

    class Meta:
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        ordering = ("-created_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(status__in=["STREAMING", "DONE", "FAILED", "CANCELED"]),
                name="ai_generation_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="STREAMING", finished_at=None)
                | (~models.Q(status="STREAMING") & models.Q(finished_at__isnull=False)),
                name="ai_generation_final_has_end",
            ),
        )
        indexes = (
            models.Index(fields=["user", "-created_at", "id"], name="ai_generation_user_recent"),
            models.Index(
                fields=["beat_at"],
                condition=models.Q(status="STREAMING"),
                name="ai_generation_running",
            ),
        )

    def __str__(self) -> str:
        """The beginning of what was asked."""
        return self.prompt[:60]

    @property
    def is_final(self) -> bool:
        """Whether it has ended."""
        return self.status != self.Status.STREAMING
