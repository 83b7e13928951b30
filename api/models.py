"""API tokens, stored hashed, and the idempotency keys of the last day."""

import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager
from knox.settings import CONSTANTS

KEYS_KEPT_FOR = timedelta(hours=24)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Which tokens."""

    def owned_by(self, user: Any) -> "ApiTokenQuerySet":
        """The tokens of one person."""
        return self.filter(user=user)

    def live(self) -> "ApiTokenQuerySet":
        """Those that have not run out."""
        return self.filter(models.Q(expiry=None) | models.Q(expiry__gt=Now()))


class ApiToken(AbstractAuthToken):  # type: ignore[misc]
    """A named, revocable key to the API. Only its digest is stored."""

    class Scope(models.TextChoices):
        """What a token may do."""

        READ = "READ", _("Read")
        WRITE = "WRITE", _("Read and write")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=CONSTANTS.DIGEST_LENGTH, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="auth_token_set",
        verbose_name=_("user"),
    )
    name = models.CharField(_("name"), max_length=100)
    scope = models.CharField(_("scope"), max_length=5, choices=Scope, default=Scope.WRITE)
    is_unthrottled = models.BooleanField(_("free of rate limits"), default=False)
    is_unlimited = models.BooleanField(_("free of counts and ceilings"), default=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    # What `api.principal` reads in the same query: the owner's plan and the versions of their data.
    owner_plan: str
    owner_versions: dict[str, int]

    objects: ClassVar[Any] = AuthTokenManager.from_queryset(ApiTokenQuerySet)()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("-created", "id")
        indexes = (models.Index(fields=["user", "-created"], name="api_token_user"),)

    def __str__(self) -> str:
        """Its name; nothing of the key."""
        return self.name


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    """Which keys."""

    def expired(self) -> "IdempotencyKeyQuerySet":
        """Those that are past their time: as good as absent."""
        return self.filter(created_at__lte=timezone.now() - KEYS_KEPT_FOR)


class IdempotencyKey(models.Model):
    """A request that must not be done twice, and what came of it: its answer, or its subject."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
    )
    route = models.CharField(max_length=300)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    # Text, not jsonb: a replay is the same bytes.
    body = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    # What was begun, where the answer is not the whole of it.
    subject_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = models.Manager.from_queryset(IdempotencyKeyQuerySet)()

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        ordering = ("-created_at", "id")
        constraints = (
            models.UniqueConstraint(fields=["user", "route", "key"], name="api_idempotency_once"),
        )
        indexes = (models.Index(fields=["created_at"], name="api_idempotency_age"),)

    def __str__(self) -> str:
        """Its address; the key is the client's."""
        return self.route


class DataVersion(models.Model):
    """How often somebody's data of one topic has changed; the database counts (`api.versions`)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("user"),
    )
    topic = models.CharField(_("topic"), max_length=30)
    number = models.BigIntegerField(_("number"), default=0)

    class Meta:
        verbose_name = _("data version")
        verbose_name_plural = _("data versions")
        ordering = ("user", "topic")
        constraints = (models.UniqueConstraint(fields=["user", "topic"], name="api_data_version"),)

    def __str__(self) -> str:
        """Topic and number."""
        return f"{self.topic} {self.number}"
