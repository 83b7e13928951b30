"""How a creator sounds."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_WORDS = 50
MAX_WORD_CHARACTERS = 60
MAX_SAMPLES = 5
MAX_SAMPLE_CHARACTERS = 2_000


class VoiceProfile(models.Model):
    """What a model should know of a creator before it writes for them; empty fields say nothing."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="voice_profile",
        verbose_name=_("person"),
    )
    niche = models.CharField(_("what you make"), max_length=200, blank=True)
    audience = models.CharField(_("who it is for"), max_length=300, blank=True)
    words_to_use = models.JSONField(_("words to use"), default=list, blank=True)
    words_to_avoid = models.JSONField(_("words to avoid"), default=list, blank=True)
    samples = models.JSONField(_("samples of your own"), default=list, blank=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("voice profile")
        verbose_name_plural = _("voice profiles")
        ordering = ("user",)

    def __str__(self) -> str:
        """What they make."""
        return self.niche
