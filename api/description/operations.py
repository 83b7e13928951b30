"""What an operation says beyond its serializers, and how that is written into the description."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from api.description import failures as fail
from api.description.failures import Failure, answer_of, component_name
from api.description.headers import EVERYWHERE, answer_headers, parameter

SAFE = "get"
NOT_MODIFIED = "304"
EVENTS = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route; the defaults are those of most.

    `request` has examples of the body by their names, `examples` one answer by its status (or
    status and media type: `200 text/markdown`, behind the others), `stream` one of frames;
    `failures` are those that no rule of `_failures` knows. `is_plain`: no DRF view; `gives_etag`: a
    write that answers with the tag of what it wrote, as every read does; `links`: where its answer
    leads, as `api.description.links` makes them.
    """

    id: str
    summary: str
    tag: str
    failures: tuple[Failure, ...] = ()
    request: dict[str, Any] | None = None
    examples: dict[str, Any] = field(default_factory=dict)
    stream: str = ""
    description: str = ""
    gives_etag: bool = False
    takes_if_match: bool = False
    is_idempotent: bool = False
    is_plain: bool = False
    is_anonymous: bool = False
    takes: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    links: dict[str, Any] = field(default_factory=dict)


def _failures(path: str, method: str, found: dict[str, Any], said: Operation) -> list[Failure]:
    has_body, is_safe = "requestBody" in found, method == SAFE
    rules = (
        (True, fail.BAD_REQUEST),
        (has_body or bool(found.get("parameters")), fail.VALIDATION),
        (has_body, fail.MALFORMED),
        (not said.is_anonymous, fail.UNAUTHORIZED),
        (not is_safe, fail.FORBIDDEN),
        ("{" in path, fail.NOT_FOUND),
        (not said.is_plain, fail.NOT_ACCEPTABLE),
        (has_body, fail.TOO_LARGE),
        (has_body, fail.NOT_JSON),
        (said.is_idempotent, fail.IDEMPOTENCY),
        (said.is_idempotent, fail.IN_PROGRESS),
        (True, fail.RATE_LIMITED),
        (True, fail.SERVER_ERROR),
        (True, fail.UNAVAILABLE),
    )
    known = [failure for holds, failure in rules if holds]
    return [*known, *(each for each in said.failures if each not in known)]


def _add_failures(result: dict[str, Any], found: dict[str, Any], failures: list[Failure]) -> None:
    by_status: dict[int, list[Failure]] = {}
    for each in sorted(failures, key=lambda each: each.status):
        by_status.setdefault(each.status, []).append(each)
    answers = result["components"].setdefault("responses", {})
    for status, group in by_status.items():
        name = component_name(group)
        answers.setdefault(name, answer_of(group))
        found["responses"][str(status)] = {"$ref": f"#/components/responses/{name}"}


def _add_examples(found: dict[str, Any], said: Operation) -> None:
    if said.request and "requestBody" in found:
        for media in found["requestBody"]["content"].values():
            media["examples"] = {name: {"value": value} for name, value in said.request.items()}
    for which, example in said.examples.items():
        status, _space, only = which.partition(" ")
        for kind, media in found["responses"][status]["content"].items():
            if kind == only or (not only and kind != EVENTS):
                media["examples"] = {"example": {"value": example}}
    if said.stream:
        frames = {"frames": {"value": said.stream}}
        found["responses"]["200"]["content"][EVENTS]["examples"] = frames


def _add_headers(found: dict[str, Any], method: str, said: Operation) -> None:
    names = [*EVERYWHERE, *said.headers]
    is_tagged = method == SAFE and not said.stream
    wanted = [
        *said.takes,
        *(["If-None-Match"] if is_tagged else []),
        *(["If-Match"] if said.takes_if_match else []),
        *(["Idempotency-Key"] if said.is_idempotent else []),
    ]
    if wanted:
        others = [each for each in found.get("parameters", []) if each.get("name") not in wanted]
        found["parameters"] = [*others, *map(parameter, wanted)]
    for answer in found["responses"].values():
        more = ["ETag"] if is_tagged or said.gives_etag else []
        more += ["Idempotency-Replayed"] if said.is_idempotent else []
        answer["headers"] = answer_headers([*names, *more])
    if is_tagged:
        found["responses"][NOT_MODIFIED] = {
            "description": "What you hold is still so.",
            "headers": answer_headers([*EVERYWHERE, "ETag"]),
        }


def _add_links(found: dict[str, Any], said: Operation) -> None:
    for status, answer in found["responses"].items():
        if said.links and status.startswith("2"):
            answer["links"] = said.links


def describe(result: dict[str, Any], path: str, method: str, said: Operation) -> None:
    """Write into a description what is said of one of its operations."""
    found = result["paths"][path][method]
    found |= {"operationId": said.id, "summary": said.summary, "tags": [said.tag]}
    if said.description:
        found["description"] = said.description
    found["responses"] = {
        status: {**answer, "description": answer.get("description") or said.summary}
        for status, answer in found["responses"].items()
    }
    _add_headers(found, method, said)
    _add_links(found, said)
    _add_failures(result, found, _failures(path, method, found, said))
    answers = found["responses"]
    found["responses"] = {status: answers[status] for status in sorted(answers)}
    _add_examples(found, said)


def all_failures(operations: Iterable[Operation]) -> list[Failure]:
    """Those of the manners, then those of the apps."""
    return [*fail.COMMON, *(each for said in operations for each in said.failures)]
