"""Who calls: an API token, an app's session token, or the session cookie with CSRF."""

from datetime import timedelta
from typing import Any, cast

from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest
from django.utils import timezone, translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request
from rest_framework.settings import api_settings

from api.models import ApiToken

LAST_USED_PRECISION = timedelta(minutes=1)


class SpeaksToUser:
    """Answers in the language that the caller chose; without a choice, as the headers ask."""

    def authenticate(self, request: Any) -> Any:
        """What the next class says of the caller."""
        found = super().authenticate(request)  # type: ignore[misc]
        if found is not None and (language := getattr(found[0], "language", "")):
            translation.activate(language)
        return found


class TokenAuthentication(SpeaksToUser, KnoxTokenAuthentication):  # type: ignore[misc]
    """`Authorization: Bearer <token>`: one query by digest, and a 401 for garbage."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, ApiToken]:
        """(user, token). Raises AuthenticationFailed for what is unknown, expired or malformed."""
        try:
            digest = hash_token(token.decode("ascii"))
        except ValueError as error:
            raise exceptions.AuthenticationFailed from error
        found = ApiToken.objects.live().select_related("user").filter(digest=digest).first()
        if found is None or not found.user.is_active or found.user.deleted_at:
            raise exceptions.AuthenticationFailed
        _note_use(found)
        return found.user, found


def _note_use(token: ApiToken) -> None:
    """Keep `last_used_at` to the minute: a write per request would cost more than it tells."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > LAST_USED_PRECISION:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


class AppSessionAuthentication(SpeaksToUser, XSessionTokenAuthentication):  # type: ignore[misc]
    """`X-Session-Token` of allauth's headless sign-in, for SPA clients and apps."""


class SessionAuthentication(SpeaksToUser, authentication.SessionAuthentication):
    """The session cookie of our own pages, with CSRF."""

    def enforce_csrf(self, request: Any) -> None:
        """Check the plain request: DRF's own would parse the body to look for a form's token."""
        super().enforce_csrf(request._request)  # noqa: SLF001


class IsInScope(permissions.BasePermission):
    """A read token changes nothing."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the token, if one was used, allows the method."""
        is_read_only = (
            isinstance(request.auth, ApiToken) and request.auth.scope == ApiToken.Scope.READ
        )
        return not is_read_only or request.method in permissions.SAFE_METHODS


def _authenticate(http_request: HttpRequest) -> tuple[Any, ApiToken | None]:
    classes: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    request = Request(http_request, authenticators=[each() for each in classes])
    try:
        user, auth = request.user, cast("ApiToken | None", request.auth)
        if not user.is_authenticated:
            raise exceptions.NotAuthenticated
        if not IsInScope().has_permission(request, None):
            raise exceptions.PermissionDenied
        return user, auth
    finally:
        give_back_connections()


def give_back_connections() -> None:
    """Return this thread's connections to the pool; a stream must not hold one while it lasts."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


async def authenticate(http_request: HttpRequest) -> tuple[Any, ApiToken | None]:
    """(user, token or None) for a plain async view, by the rules of DRF's views.

    Raises NotAuthenticated, AuthenticationFailed or PermissionDenied (also for CSRF).
    """
    return await sync_to_async(_authenticate)(http_request)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the API token."""

    target_class = "api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}


class AppSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the app's session token."""

    target_class = "api.authentication.AppSessionAuthentication"
    name = "appSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A header."""
        return {"type": "apiKey", "in": "header", "name": "X-Session-Token"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the cookie."""

    target_class = "api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A cookie; unsafe methods also need X-CSRFToken."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
