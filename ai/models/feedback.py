"""What became of an answer, for the router to learn from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ai.models.generation import Generation


class Feedback(models.Model):
    """What a creator did with a generation. One row a verdict; the newest one counts."""

    class Verdict(models.TextChoices):
        """As the API says it."""

        ACCEPTED = "accepted", _("Accepted")
        EDITED = "edited", _("Edited")
        REGENERATED = "regenerated", _("Written anew")
        REJECTED = "rejected", _("Rejected")

    id = models.BigAutoField(primary_key=True)
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="feedback", verbose_name=_("generation")
    )
    verdict = models.CharField(_("verdict"), max_length=11, choices=Verdict)
    edited_share = models.DecimalField(
        _("share of the text that was changed"),
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("0: nothing, 1: all of it."),
    )
    is_implied = models.BooleanField(
        _("implied"), default=False, help_text=_("Seen from what was done, not said.")
    )
    created_at = models.DateTimeField(_("first said"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last said"), auto_now=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ("-updated_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["generation", "verdict"], name="ai_feedback_one_per_verdict"
            ),
            models.CheckConstraint(
                condition=models.Q(edited_share=None)
                | models.Q(edited_share__gte=0, edited_share__lte=1),
                name="ai_feedback_share_is_one",
            ),
        )

    def __str__(self) -> str:
        """The verdict."""
        return self.verdict
