"""API tokens: what scripts sign in with, stored hashed."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager
from knox.settings import CONSTANTS


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Which tokens."""

    def owned_by(self, user: Any) -> "ApiTokenQuerySet":
        """The tokens of one person."""
        return self.filter(user=user)

    def live(self) -> "ApiTokenQuerySet":
        """Those that have not run out."""
        return self.filter(models.Q(expiry=None) | models.Q(expiry__gt=timezone.now()))


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

    objects: ClassVar[Any] = AuthTokenManager.from_queryset(ApiTokenQuerySet)()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("-created", "id")
        indexes = (models.Index(fields=["user", "-created"], name="api_token_user"),)

    def __str__(self) -> str:
        """Its name; nothing of the key."""
        return self.name
