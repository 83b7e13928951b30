"""Error reporting, where SENTRY_DSN names a place for it."""

import sentry_sdk
from django.conf import settings

from api.requestid import current_request_id
from huntaze import env


def _mark(event: dict, _hint: dict) -> dict:  # type: ignore[type-arg]
    event.setdefault("tags", {})["request_id"] = current_request_id()
    return event


def start() -> None:
    """Report unforeseen errors; nothing personal beyond the user's id."""
    if not settings.SENTRY_DSN:
        return
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        traces_sample_rate=float(env.text("SENTRY_TRACES_SAMPLE_RATE", "0")),
        send_default_pii=False,
        before_send=_mark,  # type: ignore[arg-type]
    )
