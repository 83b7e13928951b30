"""What happens to accounts: opening, changing, closing."""

from collections.abc import Callable, Mapping
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.models import User
from accounts.signals import account_closed, account_opened
from api.tokens import revoke_all_tokens

PROFILE_FIELDS = frozenset({"name", "handle", "avatar", "language", "time_zone"})


@transaction.atomic
def open_account(*, email: str, password: str | None = None, **fields: Any) -> User:
    """A person whose email is known to be theirs (made by staff or by a command).

    Raises ValidationError when the email is taken or is none.
    """
    user = User.objects.create_user(email, password, **fields)
    vouch_for_email(user=user)
    return user


def vouch_for_email(*, user: User) -> None:
    """The email of a new account is known to be theirs: no code has to prove it."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    account_opened.send(sender=User, user=user)


def _check_rank(by: User, user: User) -> None:
    """Who runs everything is closed and switched off by their like alone."""
    if user.is_superuser and not by.is_superuser:
        raise PermissionError("superuser")


@transaction.atomic
def update_profile(*, by: User, user: User, changes: Mapping[str, Any]) -> User:
    """Change what a person says of themselves; staff may also set `is_active`.

    Raises ValidationError for values that the model refuses, PermissionError for other fields.
    """
    _check_rank(by, user)
    allowed = PROFILE_FIELDS | ({"is_active"} if by.is_staff and by != user else frozenset())
    if forbidden := set(changes) - allowed:
        raise PermissionError(", ".join(sorted(forbidden)))
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.full_clean()
    locked.save(update_fields=[*changes, "updated_at"])
    return locked


class ClosingRefused(Exception):
    """An account cannot be closed just now; the sentence says why."""


def close_account(*, by: User, user: User, check: Callable[[], None] | None = None) -> None:
    """Close an account softly: free its email, end its sessions and tokens. Twice is once.

    Whoever has to be heard before is asked first, outside of the transaction, since they may have
    to ask others in turn; `check` runs inside of it. Raises PermissionError when staff reach above
    themselves, and ClosingRefused with nothing closed.
    """
    _check_rank(by, user)
    for name in settings.ACCOUNTS_BEFORE_CLOSING:
        import_string(name)(user)
    _close(by=by, user=user, check=check)


@transaction.atomic
def _close(*, by: User, user: User, check: Callable[[], None] | None) -> None:
    locked = User.everyone.select_for_update(no_key=True).get(pk=user.pk)
    if locked.deleted_at:
        return
    if check is not None:
        check()
    locked.deleted_at = timezone.now()
    locked.is_active = False
    locked.set_unusable_password()
    locked.save(update_fields=["deleted_at", "is_active", "password", "updated_at"])
    EmailAddress.objects.filter(user=locked).delete()
    SocialAccount.objects.filter(user=locked).delete()
    keys = list(UserSession.objects.filter(user=locked).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user=locked).delete()
    revoke_all_tokens(user=locked)
    account_closed.send(sender=User, user=locked, by=by)
