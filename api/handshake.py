"""What a WebSocket's opening request says: its origin, its session, its language."""

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.utils.http import is_same_domain
from django.utils.translation import get_language_from_request


class Handshake:
    """The opening request, read as Django reads any other."""

    def __init__(self, scope: dict[str, Any]) -> None:
        scheme = "https" if scope.get("scheme") == "wss" else "http"
        as_http = {**scope, "type": "http", "method": "GET", "scheme": scheme}
        self._request = ASGIRequest(as_http, BytesIO())

    @property
    def origin(self) -> str | None:
        """The page's origin; None where no browser calls."""
        return self._request.headers.get("Origin")

    @property
    def session_name(self) -> str:
        """The session cookie; empty without one."""
        return self._request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")

    @property
    def token(self) -> str | None:
        """Of `Authorization: Bearer`, which no page can make a browser send; None without one."""
        kind, _space, token = self._request.headers.get("Authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else None

    @property
    def language(self) -> str:
        """By cookie or header, for somebody who has not chosen."""
        return get_language_from_request(self._request)

    def is_welcome(self) -> bool:
        """Whether host and origin are ours or named; a browser always sends an origin."""
        try:
            own = f"{self._request.scheme}://{self._request.get_host()}"
        except DisallowedHost:
            return False
        return self.origin is None or self.origin == own or is_named(self.origin)


def is_named(origin: str) -> bool:
    """Whether SITE_URL, CSRF_TRUSTED_ORIGINS or CORS_ALLOWED_ORIGINS names it."""
    named = [
        settings.SITE_URL,
        *settings.CSRF_TRUSTED_ORIGINS,
        *settings.CORS_ALLOWED_ORIGINS,
    ]
    return any(origin == each or _is_subdomain(origin, each) for each in named)


def _is_subdomain(origin: str, pattern: str) -> bool:
    """Whether a pattern such as https://*.example.com covers it."""
    scheme, has_wildcard, domain = pattern.partition("://*.")
    if not has_wildcard:
        return False
    try:
        asked = urlsplit(origin)
    except ValueError:
        return False
    return asked.scheme == scheme and is_same_domain(asked.netloc, f".{domain}")
