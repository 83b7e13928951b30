"""What DRF and the plain views make of the caller (`api.principal`), and how to describe it."""

from typing import Any

from django.http import HttpRequest
from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request

from api.models import ApiToken
from api.principal import Principal, Way, principal_of
from api.threads import and_give_back, in_thread


class PrincipalAuthentication(authentication.BaseAuthentication):
    """One of the ways in; answers in the language that the caller chose, else as headers ask."""

    way: Way

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        """(user, auth) of who came this way. Raises AuthenticationFailed for a bad token."""
        principal = principal_of(request._request)  # noqa: SLF001
        if principal.refusal is not None:
            raise principal.refusal
        if principal.way != self.way:
            return None
        self.check(request, principal)
        speak_to(principal.user)
        return principal.user, principal.auth

    def authenticate_header(self, request: Any) -> str:
        """What a 401 names."""
        return "Bearer"

    def check(self, request: Any, principal: Principal) -> None:
        """What else this way demands."""


class TokenAuthentication(PrincipalAuthentication):
    """`Authorization: Bearer <token>`."""

    way = "token"


class AppSessionAuthentication(PrincipalAuthentication):
    """`X-Session-Token` of allauth's headless sign-in, for SPA clients and apps."""

    way = "app"


class SessionAuthentication(PrincipalAuthentication):
    """The session cookie of our own pages, with CSRF."""

    way = "session"

    def check(self, request: Any, principal: Principal) -> None:
        """Raises PermissionDenied without a CSRF token on an unsafe method."""
        check_csrf(request._request)  # noqa: SLF001


def check_csrf(request: HttpRequest) -> None:
    """DRF's own check, of the plain request: it would parse the body to look for a form's token."""
    authentication.SessionAuthentication().enforce_csrf(request)  # type: ignore[arg-type]


def speak_to(user: Any) -> None:
    """Answer in the language that the caller chose."""
    if language := getattr(user, "language", ""):
        translation.activate(language)


class IsInScope(permissions.BasePermission):
    """A read token changes nothing."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the token, if one was used, allows the method."""
        return is_in_scope(request.auth, request.method)


def is_in_scope(auth: Any, method: str | None) -> bool:
    """Whether what the caller signed in with allows the method."""
    is_read_only = isinstance(auth, ApiToken) and auth.scope == ApiToken.Scope.READ
    return not is_read_only or method in permissions.SAFE_METHODS


async def authenticate(request: HttpRequest) -> Principal:
    """The signed-in caller of a plain async view, by the rules of DRF's views.

    Raises NotAuthenticated, AuthenticationFailed or PermissionDenied (also for CSRF).
    """
    principal = await _resolved(request)
    if principal.refusal is not None:
        raise principal.refusal
    if principal.user is None:
        raise exceptions.NotAuthenticated
    if principal.way == "session":
        check_csrf(request)
    speak_to(principal.user)
    if not is_in_scope(principal.auth, request.method):
        raise exceptions.PermissionDenied
    return principal


async def _resolved(request: Any) -> Principal:
    """The middleware has found it already, wherever there is one."""
    if (found := getattr(request, "_principal", None)) is not None:
        return found  # type: ignore[no-any-return]

    return await in_thread(and_give_back, principal_of, request)


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
