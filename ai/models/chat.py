"""Stored conversations."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ai.models.generation import Generation

MAX_TITLE_CHARACTERS = 120


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Which conversations."""

    def owned_by(self, user: Any) -> "ConversationQuerySet":
        """Those of one person."""
        return self.filter(user=user)

    def matching(self, words: str) -> "ConversationQuerySet":
        """Those whose title or messages have these words."""
        said = ChatMessage.objects.filter(
            models.Q(text__icontains=words) | models.Q(generation__text__icontains=words),
            conversation=models.OuterRef("pk"),
            is_current=True,
        )
        return self.filter(models.Q(title__icontains=words) | models.Q(models.Exists(said)))


class Conversation(models.Model):
    """What a creator and the models said to each other."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="conversations",
        verbose_name=_("person"),
    )
    title = models.CharField(_("title"), max_length=MAX_TITLE_CHARACTERS)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last message"), default=timezone.now)
    # Where it was read for a page: its messages, oldest first, and whether there are more.
    page: list["ChatMessage"]
    has_earlier: bool

    objects: ClassVar[Any] = models.Manager.from_queryset(ConversationQuerySet)()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ("-updated_at", "id")
        indexes = (
            models.Index(fields=["user", "-updated_at", "id"], name="ai_conversation_recent"),
        )

    def __str__(self) -> str:
        """Its title."""
        return self.title


class ChatMessageQuerySet(models.QuerySet["ChatMessage"]):
    """Which messages."""

    def current(self) -> "ChatMessageQuerySet":
        """Those that stand: an answer that was written anew is not among them."""
        return self.filter(is_current=True)


class ChatMessage(models.Model):
    """One message. An answer's text is that of its generation, which is being written at first."""

    class Role(models.TextChoices):
        """Who speaks."""

        USER = "USER", _("Creator")
        ASSISTANT = "ASSISTANT", _("Model")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="messages",
        verbose_name=_("conversation"),
    )
    position = models.PositiveIntegerField(_("position"))
    role = models.CharField(_("who speaks"), max_length=9, choices=Role)
    text = models.TextField(_("text"), blank=True)
    generation = models.OneToOneField(
        Generation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="chat_message",
        verbose_name=_("generation"),
    )
    is_writing = models.BooleanField(_("being written"), default=False)
    is_current = models.BooleanField(
        _("stands"), default=True, help_text=_("Not when the answer was written anew.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[Any] = models.Manager.from_queryset(ChatMessageQuerySet)()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("conversation", "position")
        constraints = (
            models.UniqueConstraint(
                fields=["conversation", "position"], name="ai_message_one_per_position"
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(is_writing=True),
                name="ai_message_one_is_written",
            ),
            models.CheckConstraint(
                condition=models.Q(role="USER", generation=None)
                | models.Q(role="ASSISTANT", generation__isnull=False),
                name="ai_message_answer_has_generation",
            ),
        )

    def __str__(self) -> str:
        """How it begins."""
        return self.words[:60]

    @property
    def words(self) -> str:
        """What was said."""
        return self.generation.text if self.generation else self.text
