"""Has sockets looked after as soon as what they were signed in by ends."""

from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete, post_save

from api.models import ApiToken
from api.news import recheck


def connect() -> None:
    """Called once, when the app is ready."""
    post_delete.connect(on_session_end, sender=Session, dispatch_uid="api.session_end")
    for signal in (post_delete, post_save):
        signal.connect(on_token, sender=ApiToken, dispatch_uid="api.token")
    # Switched off, closed, or another password.
    post_save.connect(on_user, sender=settings.AUTH_USER_MODEL, dispatch_uid="api.user")


def on_session_end(instance: Session, **_: Any) -> None:
    """Signed out, here or from elsewhere."""
    user_id = instance.get_decoded().get(SESSION_KEY)
    if user_id is not None:
        recheck(user_id)


def on_token(instance: ApiToken, created: bool = False, **_: Any) -> None:
    """Revoked or changed."""
    if not created:
        recheck(instance.user_id)


def on_user(instance: Any, created: bool, **_: Any) -> None:
    """Something of the account changed, perhaps that it is open."""
    if not created:
        recheck(instance.pk)
