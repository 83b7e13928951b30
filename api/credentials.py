"""What a socket is signed in by: a session or an API token, and whether that still holds.

Read only: Django's own look at a session ends it when its hash is out of date, which would sign
somebody out in the middle of changing their password.
"""

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Literal

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated

from api.models import ApiToken
from api.principal import Principal, principal_by_session, principal_by_token, token_of

MOST_TOKEN_CHARACTERS = 256


@dataclass(frozen=True, slots=True)
class Credential:
    """Who signed in, by what, and until when; `name` is a session's key or a token's id."""

    kind: Literal["session", "token"]
    name: str
    user_id: str
    language: str
    ends_at: datetime | None = None
    is_unthrottled: bool = False


def session_credential(name: str) -> Credential | None:
    """That of a session that somebody is signed in by, else None."""
    user = _user_of_session(name)
    if user is None:
        return None
    return Credential("session", name, str(user.pk), getattr(user, "language", ""))


def token_credential(text: str) -> Credential | None:
    """That of an API token or an app's session token (allauth headless), else None."""
    if len(text) > MOST_TOKEN_CHARACTERS or not text.isascii():
        return None
    try:
        token = token_of(text.encode())
    except AuthenticationFailed:
        return session_credential(text)
    language = getattr(token.user, "language", "")
    return Credential(
        "token", str(token.pk), str(token.user.pk), language, token.expiry, token.is_unthrottled
    )


def holds(credential: Credential) -> bool:
    """Whether it would still let somebody in, and the same person."""
    if credential.kind == "session":
        user = _user_of_session(credential.name)
        return user is not None and str(user.pk) == credential.user_id
    is_live: bool = ApiToken.objects.live().filter(pk=credential.name).exists()
    return is_live and open_account(credential.user_id) is not None


def principal_behind(credential: Credential) -> Principal:
    """Whom it lets in, with the plan of now. Raises NotAuthenticated where it no longer holds."""
    if credential.kind == "token":
        found = principal_by_token(credential.name)
    else:
        user = _user_of_session(credential.name)
        found = principal_by_session(user) if user is not None else None
    if found is None or str(found.user.pk) != credential.user_id:
        raise NotAuthenticated
    return found


def open_account(user_id: str) -> Any:
    """The person, unless closed or switched off."""
    return get_user_model()._default_manager.filter(pk=user_id, is_active=True).first()  # noqa: SLF001


def _user_of_session(name: str) -> Any:
    if not name.isascii() or not name.isalnum():
        return None
    data = import_module(settings.SESSION_ENGINE).SessionStore(name).load()
    try:
        user = open_account(data[SESSION_KEY])
    except (KeyError, ValidationError):
        return None
    if user is None:
        return None
    stored = data.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return user if any(constant_time_compare(stored, each) for each in hashes) else None
