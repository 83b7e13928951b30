"""What a creator asks for. Pure: no database, no clock."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from content.models import Content

MAX_PROMPT_CHARACTERS = 8_000


class Tone(models.TextChoices):
    """How it should sound."""

    PROFESSIONAL = "professional", _("Professional")
    CASUAL = "casual", _("Casual")
    FRIENDLY = "friendly", _("Friendly")
    PLAYFUL = "playful", _("Playful")
    BOLD = "bold", _("Bold")
    INSPIRATIONAL = "inspirational", _("Inspirational")


class Length(models.TextChoices):
    """How long it should be."""

    SHORT = "short", _("Short")
    MEDIUM = "medium", _("Medium")
    LONG = "long", _("Long")


class Platform(models.TextChoices):
    """Where it will be read; empty for anywhere."""

    ANYWHERE = "", _("Anywhere")
    INSTAGRAM = "instagram", "Instagram"
    X = "x", "X"
    TIKTOK = "tiktok", "TikTok"
    FACEBOOK = "facebook", "Facebook"
    LINKEDIN = "linkedin", "LinkedIn"
    YOUTUBE = "youtube", "YouTube"
    NEWSLETTER = "newsletter", _("Newsletter")


class Quality(models.TextChoices):
    """Which model: chosen for the job, the quick one, or the strongest."""

    AUTO = "auto", _("Automatic")
    MINI = "mini", _("Quick")
    FULL = "full", _("Strongest")


class Language(models.TextChoices):
    """The language of the text."""

    ENGLISH = "en", "English"
    FRENCH = "fr", "Français"
    SPANISH = "es", "Español"
    GERMAN = "de", "Deutsch"
    ITALIAN = "it", "Italiano"
    PORTUGUESE = "pt", "Português"
    DUTCH = "nl", "Nederlands"


@dataclass(frozen=True, slots=True)
class Brief:
    """A request in the creator's words, and how the answer should be."""

    prompt: str
    type: str = Content.Type.POST
    tone: str = Tone.FRIENDLY
    length: str = Length.MEDIUM
    language: str = Language.ENGLISH
    platform: str = Platform.ANYWHERE
    quality: str = Quality.AUTO
