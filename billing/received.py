"""An event as Stripe sends it, in either of its two forms, reduced to what we go by. Pure."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MAX_ID_CHARACTERS = 255
MAX_TYPE_CHARACTERS = 100


class BadEvent(ValueError):
    """Signed, and no event: nothing that could be worked on."""


@dataclass(frozen=True, slots=True)
class Received:
    """Of what kind, about which object and customer (empty where it names none), and when."""

    id: str
    type: str
    api_version: str
    is_live: bool
    subject_id: str
    customer_id: str
    occurred_at: datetime


def read_event(body: bytes) -> Received:
    """Raises BadEvent."""
    try:
        # Python's own takes half a character, which other parsers refuse: what is signed is taken.
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadEvent("no JSON") from error
    if not isinstance(event, dict):
        raise BadEvent("no object")
    subject, subject_id = _subject(event)
    return Received(
        id=_text(event.get("id"), MAX_ID_CHARACTERS),
        type=_text(event.get("type"), MAX_TYPE_CHARACTERS),
        api_version=_id_of(event.get("api_version"))[:40],
        is_live=event.get("livemode") is True,
        subject_id=subject_id,
        customer_id=_customer(subject),
        occurred_at=_moment(event.get("created")),
    )


def _subject(event: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The object that it is about; a thin event (API v2) names it alone."""
    holder = event.get("data") if isinstance(event.get("data"), dict) else {}
    found = (holder or {}).get("object") or event.get("related_object") or {}
    subject = found if isinstance(found, dict) else {}
    return subject, _id_of(subject.get("id"))


def _customer(subject: dict[str, Any]) -> str:
    if subject.get("object") == "customer" or subject.get("type") == "customer":
        return _id_of(subject.get("id"))
    found = subject.get("customer")
    return _id_of(found.get("id") if isinstance(found, dict) else found)


def _id_of(value: Any) -> str:
    is_id = isinstance(value, str) and len(value) <= MAX_ID_CHARACTERS and value.isprintable()
    return value if is_id else ""


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
        raise BadEvent("no id or type")
    return value


def _moment(value: Any) -> datetime:
    """Seconds since the epoch, or ISO 8601 in a thin event; now where it says nothing."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        return datetime.fromtimestamp(int(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.now(UTC)
