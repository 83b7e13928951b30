"""Records what happened."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from analytics.models import Event


def record_event(*, user: User, event_type: str, data: Mapping[str, Any] | None = None) -> Event:
    """One event, in the caller's transaction: it stands when what it tells of stands."""
    return Event.objects.create(user=user, event_type=event_type, event_data=dict(data or {}))
