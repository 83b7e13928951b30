"""Generations: written from before the first upstream byte, settled exactly once."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ai.brief import Language, Length, Platform, Quality, Tone
from ai.models.producer import Producer
from ai.models.usage import UsagePeriod
from content.models import Content


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

    class Kind(models.TextChoices):
        """What was asked for."""

        TEXT = "TEXT", _("Text")
        CHAT = "CHAT", _("Chat")
        IDEAS = "IDEAS", _("Ideas")

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

    kind = models.CharField(_("kind"), max_length=5, choices=Kind, default=Kind.TEXT)
    prompt = models.TextField(_("prompt"))
    # Empty in a chat, which has none of the three.
    type = models.CharField(_("type"), max_length=10, choices=Content.Type, blank=True)
    tone = models.CharField(_("tone"), max_length=20, choices=Tone, blank=True)
    length = models.CharField(_("length"), max_length=10, choices=Length, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=Language)
    platform = models.CharField(_("platform"), max_length=20, choices=Platform, blank=True)
    quality = models.CharField(_("quality"), max_length=4, choices=Quality)

    provider = models.CharField(_("provider"), max_length=20, blank=True)
    model = models.CharField(_("model"), max_length=120, blank=True)
    tier = models.CharField(_("tier"), max_length=4, choices=Tier)
    route_reason = models.CharField(_("why this model"), max_length=300)
    # What the router saw, for one that learns from it later (ai.routing).
    route_features = models.JSONField(_("what the router saw"), default=dict, blank=True)
    is_escalated = models.BooleanField(_("escalated"), default=False)
    draft_flaws = models.JSONField(_("flaws of the first draft"), default=list, blank=True)
    final_flaws = models.JSONField(_("flaws that are left"), default=list, blank=True)
    # The same question of the same person has the same key; empty where answers are not reused.
    answer_key = models.CharField(_("answer key"), max_length=64, blank=True)
    reused_from_id = models.UUIDField(_("answered from"), null=True, blank=True)
    cache_saved_usd = models.DecimalField(
        _("saved by reusing"), max_digits=14, decimal_places=8, default=0
    )

    text = models.TextField(_("text"), blank=True)
    # Which of its calls wrote a text that was saved before the end.
    text_attempt = models.PositiveSmallIntegerField(_("written by call"), default=1, db_default=1)
    # For the process that writes it, which looks here where it hears nothing.
    is_cancel_asked = models.BooleanField(_("stop asked for"), default=False, db_default=False)
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
    cost_if_mini_usd = models.DecimalField(
        _("cost on the quick model"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    is_counted = models.BooleanField(_("counts as one of the plan's"), default=False)
    first_token_ms = models.PositiveIntegerField(_("first token, ms"), null=True, blank=True)
    latency_ms = models.PositiveIntegerField(_("duration, ms"), null=True, blank=True)

    # The reservation's owner and its end: whoever is dead by then does not hold it.
    producer = models.ForeignKey(
        Producer,
        # Nothing is looked for when a process is forgotten: its id is nobody's, and that says it.
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        db_index=False,
        # A row of a process that is forgotten says what it says: nobody holds it.
        db_constraint=False,
        related_name="+",
        verbose_name=_("process"),
    )
    expires_at = models.DateTimeField(_("reserved until"), default=timezone.now)
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
                fields=["expires_at", "producer"],
                condition=models.Q(status="STREAMING"),
                name="ai_generation_running",
            ),
            models.Index(
                fields=["user", "answer_key", "-finished_at"],
                condition=models.Q(status="DONE") & ~models.Q(answer_key=""),
                name="ai_generation_answers",
            ),
            models.Index(fields=["created_at"], name="ai_generation_recent"),
        )

    def __str__(self) -> str:
        """What it is, without a word of it: staff meet it in lists and logs."""
        return f"{self.get_kind_display()} {str(self.id)[:8]}"

    @property
    def is_final(self) -> bool:
        """Whether it has ended."""
        return self.status != self.Status.STREAMING
