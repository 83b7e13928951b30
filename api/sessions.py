"""Sessions in the database, under names that only we could have given."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    """Takes any other name for none: a quoted cookie may hold a NUL, which PostgreSQL refuses."""

    def _validate_session_key(self, key: Any) -> bool:
        is_long_enough: Any = super()._validate_session_key(key)  # type: ignore[misc]
        return bool(is_long_enough and key.isascii() and key.isalnum())
