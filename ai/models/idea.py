"""Ideas that a model proposed."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ai.models.generation import Generation
from content.models import Content


class IdeaQuerySet(models.QuerySet["Idea"]):
    """Which ideas."""

    def owned_by(self, user: Any) -> "IdeaQuerySet":
        """Those of one person."""
        return self.filter(user=user)


class Idea(models.Model):
    """One idea of a list; kept, it is a draft."""

    class Difficulty(models.TextChoices):
        """How much work it is."""

        EASY = "easy", _("Easy")
        MEDIUM = "medium", _("Medium")
        HARD = "hard", _("Hard")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="ideas",
        verbose_name=_("person"),
    )
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="ideas", verbose_name=_("generation")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"))
    type = models.CharField(_("type"), max_length=10, choices=Content.Type)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    difficulty = models.CharField(_("difficulty"), max_length=6, choices=Difficulty)
    kept_content_id = models.UUIDField(_("kept as"), null=True, blank=True)
    # All of a list have the same, so that they stand in its order.
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects: ClassVar[Any] = models.Manager.from_queryset(IdeaQuerySet)()

    class Meta:
        verbose_name = _("idea")
        verbose_name_plural = _("ideas")
        ordering = ("-created_at", "position")
        constraints = (
            models.UniqueConstraint(
                fields=["generation", "position"], name="ai_idea_one_per_position"
            ),
        )

    def __str__(self) -> str:
        """Its title."""
        return self.title
