"""Error reporting, where SENTRY_DSN names a place for it."""

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.logging import ignore_logger
from sentry_sdk.scrubber import DEFAULT_DENYLIST, EventScrubber

from api.requestid import current_request_id
from huntaze import env

# Headers of ours, in both spellings that Sentry's integrations know.
DENYLIST = [*DEFAULT_DENYLIST, "x-session-token", "x_session_token", "x-csrftoken", "cookie"]
DENYLIST += ["idempotency-key", "idempotency_key"]


def _mark(event: dict, _hint: dict) -> dict:  # type: ignore[type-arg]
    event.setdefault("tags", {})["request_id"] = current_request_id()
    # What somebody searched for, or a signature that opens a file.
    event.get("request", {}).pop("query_string", None)
    return event


def start() -> None:
    """Report unforeseen errors; nothing personal beyond the user's id."""
    if not settings.SENTRY_DSN:
        return
    # What Django refuses for safety is the doing of who sent it.
    ignore_logger("django.security.*")
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        traces_sample_rate=float(env.text("SENTRY_TRACES_SAMPLE_RATE", "0")),
        send_default_pii=False,
        # A body is what people write; local variables hold it, and tokens, too.
        max_request_body_size="never",
        include_local_variables=False,
        event_scrubber=EventScrubber(denylist=DENYLIST, recursive=True),
        before_send=_mark,  # type: ignore[arg-type]
        before_send_transaction=_mark,  # type: ignore[arg-type]
    )
