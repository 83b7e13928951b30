"""Issues and revokes API tokens."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from api.models import ApiToken

DEFAULT_LIFE = timedelta(days=365)


def issue_token(
    *,
    user: Any,
    name: str,
    scope: str = ApiToken.Scope.WRITE,
    life: timedelta | None = DEFAULT_LIFE,
    is_unthrottled: bool = False,
    is_unlimited: bool = False,
) -> str:
    """A new token in plain text, which is shown this once and never stored."""
    _token, plain = ApiToken.objects.create(
        user=user,
        expiry=life,
        name=name,
        scope=scope,
        is_unthrottled=is_unthrottled,
        is_unlimited=is_unlimited,
    )
    return str(plain)


def revoke_token(*, by: Any, token_id: UUID) -> None:
    """End one of the caller's own tokens. Raises ApiToken.DoesNotExist for what is not theirs."""
    ApiToken.objects.owned_by(by).get(id=token_id).delete()


def revoke_all_tokens(*, user: Any) -> None:
    """End every token of a person."""
    ApiToken.objects.owned_by(user).delete()
