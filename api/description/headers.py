"""The headers that the API speaks, in requests and in answers."""

from collections.abc import Iterable
from typing import Any

SECONDS = {"type": "integer", "minimum": 0}

# Of every answer, whoever wrote it.
EVERYWHERE = ("X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")

ANSWER: dict[str, dict[str, Any]] = {
    "X-Request-ID": {
        "description": "Names this request in our logs; tell it to whoever helps you.",
        "required": True,
        "schema": {"type": "string"},
        "example": "9f1c2a7d0e5b4c3fa1d86b2e47c0953d",
    },
    "X-RateLimit-Limit": {
        "description": "How many requests the window at hand takes.",
        "required": True,
        "schema": SECONDS,
        "example": 300,
    },
    "X-RateLimit-Remaining": {
        "description": "How many of them are left.",
        "required": True,
        "schema": SECONDS,
        "example": 299,
    },
    "X-RateLimit-Reset": {
        "description": "When the next window begins, in unix seconds.",
        "required": True,
        "schema": SECONDS,
        "example": 1_780_000_060,
    },
    "Retry-After": {
        "description": "After how many seconds it is worth trying again, where that is known.",
        "schema": SECONDS,
        "example": 12,
    },
    "WWW-Authenticate": {
        "description": "How to sign in.",
        "schema": {"type": "string"},
        "example": "Bearer",
    },
    "ETag": {
        "description": "Names what was answered; send it back in `If-None-Match` or `If-Match`.",
        "required": True,
        "schema": {"type": "string"},
        "example": '"3"',
    },
    "Idempotency-Replayed": {
        "description": "`true` when this is the first answer to the same `Idempotency-Key`.",
        "schema": {"type": "string", "enum": ["true"]},
        "example": "true",
    },
    "X-Generation-ID": {
        "description": "The generation whose frames these are; not beside a whole answer.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "5b0f5c0e-6f0e-4f57-9d0c-0a3f1f5f6d21",
    },
}

REQUEST: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A name of your own for this attempt, a UUID say. The same key and body "
        "replay the first answer for 24 hours, so a retry does nothing twice.",
        # White space around a value is no part of it.
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[ -~]*[!-~][ -~]*$",
        },
        "example": "0c4e3f7a-51d8-4a39-8a55-1f0a8f7f2c11",
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` that you hold: 304 without a body where it still holds.",
        "schema": {"type": "string"},
        "example": '"3"',
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` that your change is based on: 409 where it has moved on.",
        "schema": {"type": "string"},
        "example": '"3"',
    },
    "If-Match-Version": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` that your change is based on, which is the version in quotes: "
        "409 where it has moved on.",
        "schema": {"type": "string", "pattern": r'^(\*|(W/)?"[0-9]{1,9}")$'},
        "example": '"2"',
    },
    "Last-Event-ID": {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The number of the last frame that you have.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
        "example": 2,
    },
}


def answer_headers(names: Iterable[str]) -> dict[str, Any]:
    """The `headers` of an answer."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def parameter(name: str) -> dict[str, Any]:
    """A request header among the parameters of an operation."""
    return {"$ref": f"#/components/parameters/{name}"}
