"""One row for each call of a provider: reserved before it, settled or released behind it."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ai.models.generation import Generation


class ProviderCall(models.Model):
    """An attempt at a generation: what it might have cost, and what it took.

    The tokens lie in disjoint buckets (reasoning is a part of the output); None is unknown, never
    0. Prices are US dollars per million tokens, as they were applied.
    """

    class Status(models.TextChoices):
        """Whether its reservation stands, was replaced by what it took, or given back."""

        RESERVED = "RESERVED", _("Under way")
        SETTLED = "SETTLED", _("Settled")
        RELEASED = "RELEASED", _("Released")

    class Purpose(models.TextChoices):
        """What the call was for."""

        ANSWER = "ANSWER", _("Answer")
        ESCALATION = "ESCALATION", _("Escalation")
        REPAIR = "REPAIR", _("Repair")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="calls", verbose_name=_("generation")
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    purpose = models.CharField(_("for"), max_length=10, choices=Purpose, default=Purpose.ANSWER)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.RESERVED)
    provider = models.CharField(_("provider"), max_length=20)
    model = models.CharField(_("model"), max_length=120)
    tier = models.CharField(_("tier"), max_length=4, choices=Generation.Tier)
    reserved_usd = models.DecimalField(_("reserved"), max_digits=14, decimal_places=8)
    # By a tokenizer, before the call: known to whoever settles what a dead process asked for.
    sent_tokens = models.PositiveIntegerField(_("input, as sent"), null=True, blank=True)

    fresh_input_tokens = models.PositiveIntegerField(_("fresh input"), null=True, blank=True)
    cache_read_tokens = models.PositiveIntegerField(_("cache read"), null=True, blank=True)
    cache_write_tokens = models.PositiveIntegerField(_("cache write"), null=True, blank=True)
    output_tokens = models.PositiveIntegerField(_("output"), null=True, blank=True)
    reasoning_tokens = models.PositiveIntegerField(
        _("reasoning, of the output"), null=True, blank=True
    )
    is_estimated = models.BooleanField(_("tokens are an estimate"), default=False)

    price_input_usd = models.DecimalField(
        _("price of fresh input"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    price_cache_read_usd = models.DecimalField(
        _("price of cache reads"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    price_cache_write_usd = models.DecimalField(
        _("price of cache writes"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    price_output_usd = models.DecimalField(
        _("price of output"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    price_source = models.CharField(_("whose price"), max_length=60, blank=True)
    cost_usd = models.DecimalField(
        _("cost"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    cost_if_full_usd = models.DecimalField(
        _("cost on the strong model"), max_digits=14, decimal_places=8, null=True, blank=True
    )

    finish_reason = models.CharField(_("finish reason"), max_length=40, blank=True)
    error_kind = models.CharField(_("error"), max_length=20, blank=True)
    first_token_ms = models.PositiveIntegerField(_("first token, ms"), null=True, blank=True)
    latency_ms = models.PositiveIntegerField(_("duration, ms"), null=True, blank=True)
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("provider call")
        verbose_name_plural = _("provider calls")
        ordering = ("-created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["generation", "attempt"], name="ai_call_one_per_attempt"
            ),
            models.CheckConstraint(
                condition=models.Q(status="RESERVED", finished_at=None)
                | (
                    models.Q(status__in=["SETTLED", "RELEASED"])
                    & models.Q(finished_at__isnull=False)
                ),
                name="ai_call_final_has_end",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="SETTLED") | models.Q(cost_usd__isnull=False),
                name="ai_call_settled_has_cost",
            ),
        )
        indexes = (
            models.Index(fields=["created_at"], name="ai_call_recent"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(status="RESERVED"),
                name="ai_call_under_way",
            ),
        )

    def __str__(self) -> str:
        """Who was asked."""
        return f"{self.provider}:{self.model}"
