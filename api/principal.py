"""Who calls, resolved once a request: an API token, an app's session token, or the session cookie.

The middleware of `api.limits` asks first; DRF's authentication classes and the plain async views
ask for the same answer.
"""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Literal

from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import OuterRef, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from api.models import ApiToken
from api.prepared import Prepared, row_of
from api.versions import versions_of

LAST_USED_PRECISION = timedelta(minutes=1)

type Way = Literal["nobody", "token", "app", "session"]


@dataclass(slots=True)
class Principal:
    """The caller; `user` is None for nobody, `refusal` says why a token is none.

    `plan` is the plan's name, `versions` those of the caller's data by topic.
    """

    way: Way = "nobody"
    user: Any = None
    auth: Any = None
    refusal: AuthenticationFailed | None = None
    plan: str = ""
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def token(self) -> ApiToken | None:
        """The API token, where one was used."""
        return self.auth if isinstance(self.auth, ApiToken) else None


def principal_of(request: Any) -> Principal:
    """Who calls; found once and kept with the request."""
    found: Principal | None = getattr(request, "_principal", None)
    if found is None:
        found = request._principal = _resolve(request)  # noqa: SLF001
    return found


def _resolve(request: Any) -> Principal:
    for look in (_by_token, _by_app_session, _by_cookie):
        try:
            found = look(request)
        except AuthenticationFailed as refusal:
            return Principal(refusal=refusal)
        if found is not None:
            return found
    return Principal()


class _KnoxByDigest(KnoxTokenAuthentication):  # type: ignore[misc]
    """Knox's reading of the header."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, ApiToken]:
        """(user, token). Raises AuthenticationFailed."""
        found = token_of(token)
        return found.user, found


def token_of(plain: bytes) -> ApiToken:
    """The token in force, with its `user`, by one query; its use is noted.

    Raises AuthenticationFailed for what is unknown, expired or malformed, and for closed accounts.
    """
    try:
        digest = hash_token(plain.decode("ascii"))
    except ValueError as error:
        raise AuthenticationFailed from error
    found = _token_by_digest(digest)
    if found is None or not found.user.is_active or found.user.deleted_at:
        raise AuthenticationFailed
    _note_use(found)
    return found


def _tokens_by(digest: str) -> QuerySet[ApiToken]:
    tokens = _with_facts(ApiToken.objects.live().select_related("user"), "user_id")
    return tokens.filter(digest=digest).order_by()


_found_by = Prepared[str, ApiToken](_tokens_by, stand_in="<digest>")


def _token_by_digest(digest: str) -> ApiToken | None:
    """The token with `user`, `owner_plan` and `owner_versions`; None for none that is in force."""
    found = _found_by.values(digest)
    if found is None:
        return None
    people = get_user_model()
    of_token, of_user = len(ApiToken._meta.concrete_fields), len(people._meta.concrete_fields)  # noqa: SLF001
    token = row_of(ApiToken, found[:of_token])
    token.user = row_of(people, found[-of_user:])
    plan, versions = found[of_token:-of_user]
    token.owner_plan, token.owner_versions = plan, json.loads(versions or "{}")
    return token


def _note_use(token: ApiToken) -> None:
    """Keep `last_used_at` to the minute: a write per request would cost more than it tells."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > LAST_USED_PRECISION:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


@cache
def _plan_name() -> Any:
    return import_string(settings.API_PLAN_NAME)


def _with_facts(rows: QuerySet[Any], owner: str) -> QuerySet[Any]:
    """Rows with the plan and the data versions of whoever `owner` names."""
    annotated: QuerySet[Any] = rows.annotate(
        owner_plan=_plan_name()(OuterRef(owner)), owner_versions=versions_of(OuterRef(owner))
    )
    return annotated


def principal_by_token(token_id: str) -> Principal | None:
    """Who an API token stands for, by its id; None for one that is no longer in force."""
    live = ApiToken.objects.live().select_related("user").filter(user__is_active=True)
    found = _with_facts(live, "user_id").filter(pk=token_id).first()
    if found is None or found.user.deleted_at:
        return None
    return Principal("token", found.user, found, None, found.owner_plan, found.owner_versions or {})


def principal_by_session(user: Any) -> Principal | None:
    """Whoever is signed in; None where the account was closed since."""
    return _of_user("session", user, None)


def _by_token(request: Any) -> Principal | None:
    found = _KnoxByDigest().authenticate(request)
    if found is None:
        return None
    user, token = found
    return Principal("token", user, token, None, token.owner_plan, token.owner_versions)


def _by_app_session(request: Any) -> Principal | None:
    found = XSessionTokenAuthentication().authenticate(request)
    return _of_user("app", *found) if found else None


def _by_cookie(request: Any) -> Principal | None:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    return _of_user("session", user, None)


def _of_user(way: Way, user: Any, auth: Any) -> Principal | None:
    people = get_user_model()._default_manager  # noqa: SLF001
    rows = _with_facts(people.filter(pk=user.pk), "pk")
    facts = rows.values_list("owner_plan", "owner_versions").first()
    # Closed since the session was looked up.
    return Principal(way, user, auth, None, facts[0], facts[1] or {}) if facts else None
