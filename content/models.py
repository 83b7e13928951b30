"""What you make, and how it came to be what it is."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_BODY_CHARACTERS = 100_000


class ContentQuerySet(models.QuerySet["Content"]):
    """Which pieces; deleted ones are never among them."""

    def owned_by(self, user: Any) -> "ContentQuerySet":
        """Those of one person."""
        return self.filter(user=user)

    def of_type(self, content_type: str) -> "ContentQuerySet":
        """Posts, stories, captions …"""
        return self.filter(type=content_type)

    def in_status(self, status: str) -> "ContentQuerySet":
        """Drafts, scheduled, published, archived."""
        return self.filter(status=status)

    def matching(self, words: str) -> "ContentQuerySet":
        """Those that contain the words in title or body, whatever their case."""
        return self.filter(models.Q(title__icontains=words) | models.Q(body__icontains=words))


class LiveContentManager(models.Manager["Content"]):
    """Hides what was deleted."""

    def get_queryset(self) -> ContentQuerySet:
        """All but the deleted."""
        return ContentQuerySet(self.model, using=self._db).filter(deleted_at=None)


class Content(models.Model):
    """A piece of writing. Each change of its text is a revision; `version` counts every change."""

    class Type(models.TextChoices):
        """What kind of piece."""

        POST = "POST", _("Post")
        STORY = "STORY", _("Story")
        CAPTION = "CAPTION", _("Caption")
        MESSAGE = "MESSAGE", _("Message")
        IDEA = "IDEA", _("Idea")

    class Status(models.TextChoices):
        """Where it stands."""

        DRAFT = "DRAFT", _("Draft")
        SCHEDULED = "SCHEDULED", _("Scheduled")
        PUBLISHED = "PUBLISHED", _("Published")
        ARCHIVED = "ARCHIVED", _("Archived")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="content",
        verbose_name=_("owner"),
    )
    title = models.CharField(_("title"), max_length=500)
    body = models.TextField(_("text"), validators=[MaxLengthValidator(MAX_BODY_CHARACTERS)])
    type = models.CharField(_("type"), max_length=10, choices=Type, default=Type.POST)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    ai_generated = models.BooleanField(_("written with AI"), default=False)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    scheduled_at = models.DateTimeField(_("scheduled for"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)

    objects: ClassVar[Any] = LiveContentManager.from_queryset(ContentQuerySet)()
    everything: ClassVar[Any] = models.Manager.from_queryset(ContentQuerySet)()

    class Meta:
        verbose_name = _("piece of content")
        verbose_name_plural = _("content")
        ordering = ("-created_at", "id")
        base_manager_name = "everything"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(type__in=["POST", "STORY", "CAPTION", "MESSAGE", "IDEA"]),
                name="content_type_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["DRAFT", "SCHEDULED", "PUBLISHED", "ARCHIVED"]),
                name="content_status_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="SCHEDULED") | models.Q(scheduled_at__isnull=False),
                name="content_scheduled_has_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="PUBLISHED") | models.Q(published_at__isnull=False),
                name="content_published_has_time",
            ),
        )
        indexes = (
            models.Index(
                fields=["user", "-created_at", "id"],
                condition=models.Q(deleted_at=None),
                name="content_user_recent",
            ),
            models.Index(
                fields=["scheduled_at"],
                condition=models.Q(status="SCHEDULED", deleted_at=None),
                name="content_due",
            ),
        )

    def __str__(self) -> str:
        """Its title."""
        return self.title


class Revision(models.Model):
    """The text as it was saved once, and the prompt, model and cost behind it.

    Provenance is a snapshot, not a key: it stays true when a ledger is pruned.
    """

    class Source(models.TextChoices):
        """Who wrote it."""

        HUMAN = "HUMAN", _("Written by hand")
        AI = "AI", _("Written by a model")
        REVERT = "REVERT", _("Brought back")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    content = models.ForeignKey(
        Content, on_delete=models.CASCADE, related_name="revisions", verbose_name=_("content")
    )
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=500)
    body = models.TextField(_("text"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("saved by"),
    )
    source = models.CharField(_("source"), max_length=6, choices=Source, default=Source.HUMAN)
    note = models.CharField(_("note"), max_length=200, blank=True)
    generation_id = models.UUIDField(_("generation"), null=True, blank=True)
    prompt = models.TextField(_("prompt"), blank=True)
    provider = models.CharField(_("provider"), max_length=20, blank=True)
    model = models.CharField(_("model"), max_length=120, blank=True)
    cost_usd = models.DecimalField(
        _("cost in US dollars"), max_digits=14, decimal_places=8, null=True, blank=True
    )
    created_at = models.DateTimeField(_("saved"), auto_now_add=True)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=["content", "number"], name="content_revision_number"),
        )

    def __str__(self) -> str:
        """Its number."""
        return f"#{self.number}"
