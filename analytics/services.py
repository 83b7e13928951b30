"""Records what happened."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts.models import User
from analytics.models import Event


def record_event(
    *, user: User | UUID, event_type: str, data: Mapping[str, Any] | None = None
) -> Event:
    """One event of somebody (or of their id), in the caller's transaction: it stands with it."""
    user_id = user.pk if isinstance(user, User) else user
    return Event.objects.create(user_id=user_id, event_type=event_type, event_data=dict(data or {}))
