"""What is forgotten here when an account closes."""

from typing import Any

from accounts.models import User
from accounts.signals import account_closed
from ai.voice import forget_voice


def connect() -> None:
    """Called once, when the app is ready."""
    account_closed.connect(on_closed, dispatch_uid="ai.closing")


def on_closed(user: User, **_: Any) -> None:
    """How somebody sounds is nobody's business any more; the ledger stays."""
    forget_voice(user)
