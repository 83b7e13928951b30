"""What schemathesis is told of us beyond its configuration; it loads this by its path."""

import json
import os
import random
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies
from schemathesis.generation import GenerationMode
from schemathesis.openapi.checks import RejectedPositiveData

from api.description.headers import REQUEST

EVENTS = "text/event-stream"
KEY = "Idempotency-Key"
EXAMPLE_KEY = REQUEST[KEY]["example"]
# How the parsers say that a text holds what no database could.
UNSTORABLE = {"invalid_characters", "null_characters_not_allowed"}
CHANCE = random.Random(0)  # noqa: S311  (the same in every run)
FRESH = 0.8
FACTS = json.loads(Path(os.environ["FUZZ_FACTS"]).read_text())

schemathesis.openapi.format(
    "iana-time-zone", strategies.sampled_from(sorted(available_timezones()))
)


def _event(frames: dict[str, str]) -> dict[str, Any]:
    kinds = [
        {
            "properties": {
                "event": {"const": name},
                "data": {
                    "contentMediaType": "application/json",
                    "contentSchema": {"$ref": f"#/components/schemas/{component}"},
                },
            }
        }
        for name, component in frames.items()
    ]
    number = {"type": "string", "pattern": r"^[1-9]\d*$"}
    needed = ["id", "event", "data"]
    return {"type": "object", "required": needed, "properties": {"id": number}, "oneOf": kinds}


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """OpenAPI 3.1 has no word for the events of a stream; schemathesis takes the one of 3.2."""
    names = [name for name in raw_schema["components"]["schemas"] if name.endswith("Frame")]
    frames = {name.removesuffix("Frame").lower(): name for name in names if name != "Frame"}
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            for answer in operation.get("responses", {}).values():
                if EVENTS in answer.get("content", {}):
                    answer["content"][EVENTS] = {"itemSchema": _event(frames)}


def _spare_the_caller(case: Any) -> None:
    """Who closes the caller's account ends the run: a guest does it, with a token of their own."""
    is_closing = case.method == "DELETE" and case.path == "/api/users/{id}"
    if is_closing and str(case.path_parameters.get("id")).lower() in FACTS["own"]:
        guest = FACTS["guests"].pop() if FACTS["guests"] else {"id": str(uuid4()), "token": ""}
        case.path_parameters["id"] = guest["id"]
        if FACTS["authorization"] and case.headers.get("Authorization") == FACTS["authorization"]:
            case.headers["Authorization"] = f"Bearer {guest['token']}"


def _is_change_of_content(case: Any) -> bool:
    return (case.method, case.path) == ("PATCH", "/api/content/{id}")


def _let_change(case: Any) -> None:
    """Every other valid change is of a piece that nobody deletes, whatever version it has by now.

    By chance alone a run may have no change that goes through: three numbers have to fit.
    """
    is_valid = case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE
    if not (is_valid and FACTS["lasting"] and CHANCE.random() < 0.5):
        return
    case.path_parameters["id"] = FACTS["lasting"]
    case.headers["If-Match"] = "*"
    if isinstance(case.body, dict) and len(case.body) > 1:
        case.body.pop("version", None)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Each from another address, and mostly under a new key: neither is what is tested here."""
    address = ".".join(str(CHANCE.randrange(20, 220)) for _part in range(4))
    case.headers["X-Forwarded-For"] = address
    if case.headers.get(KEY) == EXAMPLE_KEY and CHANCE.random() < FRESH:
        case.headers[KEY] = f"fuzz-{CHANCE.getrandbits(64):x}"
    _spare_the_caller(case)
    if _is_change_of_content(case):
        _let_change(case)


def _is_beyond_schemas(case: Any, detail: dict[str, Any]) -> bool:
    # JSON Schema has no word for "no NUL in any key or text, however deep".
    if detail["code"] in UNSTORABLE:
        return "\\x00" in repr((case.body, case.query))
    # Nor for a time that is before the first year, or behind the last, where it is written in UTC.
    if detail["code"] == "overflow":
        return True
    # Somebody else has this name or email already.
    if detail["code"] == "taken":
        return True
    # Only a piece that is scheduled already may be scheduled without a time.
    why = (detail["path"], detail["code"])
    return _is_change_of_content(case) and why == ("scheduledAt", "required")


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """What valid requests may be refused for, beyond any schema."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    details = response.json().get("details", [])
    return not (details and all(_is_beyond_schemas(case, each) for each in details))
