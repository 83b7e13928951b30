"""Holds every answer of the API in the suite against the API's description."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache, cached_property
from typing import Any, NoReturn

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from ai.description.frames import component
from huntaze.description.views import description

OURS = "urn:described"
METHODS = {"HEAD": "get"}
# A page.
# A page, and what Stripe alone may call, as Stripe describes it.
UNDESCRIBED = {"/api/docs", "/api/billing/webhooks"}
# What may answer for a method or an address that is not there.
ELSEWHERE = range(400, 600)
SPOKEN = {"etag", "idempotency-replayed", "retry-after", "www-authenticate", "x-generation-id"}


def _closed(schema: Any) -> Any:
    """A schema that takes no property that it does not name."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "allOf" in schema and "$ref" in schema["allOf"][0] and len(schema["allOf"]) > 1:
        return {**schema, "unevaluatedProperties": False}
    closed = {name: _closed(each) for name, each in schema.items()}
    if "properties" in closed and "additionalProperties" not in closed:
        closed["additionalProperties"] = False
    return closed


def strict(document: dict[str, Any]) -> dict[str, Any]:
    """The description, without room for what it does not say; an error's shapes stay open."""
    made = deepcopy(document)
    schemas, answers = made["components"]["schemas"], made["components"]["responses"]
    for name, schema in schemas.items():
        if "requestId" not in schema.get("properties", {}):
            schemas[name] = _closed(schema)
    for answer in answers.values():
        for media in answer["content"].values():
            media["schema"] = _closed(media["schema"])
    return made


class Untrue(AssertionError):
    """The description does not say what was answered."""


class Judge:
    """Knows a description and finds what an answer has that it does not say, or lacks."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        resource = Resource.from_contents(strict(document), default_specification=DRAFT202012)
        asked = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resources(
            [(OURS, resource), (f"{OURS}:asked", asked)]
        )
        self._validators: dict[str, Draft202012Validator] = {}

    @cached_property
    def _routes(self) -> list[tuple[re.Pattern[str], str]]:
        paths = sorted(self.document["paths"], key=lambda path: path.count("{"))
        return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + r"\Z"), path) for path in paths]

    def route_of(self, path: str) -> str | None:
        """The described path that an address is of."""
        return next((route for pattern, route in self._routes if pattern.match(path)), None)

    def resolved(self, found: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
        """What a reference leads to, and the reference."""
        reference = found.get("$ref")
        if not reference:
            return found, None
        for part in reference.removeprefix("#/").split("/"):
            found = self.document[part] if part in self.document else found[part]
        return found, reference

    def errors(self, pointer: str, value: Any, *, asked: bool = False) -> list[str]:
        """What a value has against the schema at a place of the description."""
        reference = f"{OURS}{':asked' if asked else ''}{pointer}"
        if reference not in self._validators:
            self._validators[reference] = Draft202012Validator(
                {"$ref": reference}, registry=self._registry, format_checker=FormatChecker()
            )
        return [
            f"{each.json_path}: {each.message}"
            for each in self._validators[reference].iter_errors(value)
        ]


@cache
def judge() -> Judge:
    """Of the code at hand; made once a worker."""
    return Judge(description())


def _fail(method: str, path: str, response: Any, *what: str) -> NoReturn:
    said = b"" if response.streaming else response.content[:600]
    raise Untrue(f"{method} {path} answered {response.status_code}: {'; '.join(what)}\n{said!r}")


def check(method: str, path: str, response: Any, sent: bytes | None = None) -> None:
    """Raise Untrue where the description lies about this answer, or about what it took."""
    if not path.startswith("/api/") or path in UNDESCRIBED:
        return
    route = judge().route_of(path)
    name = METHODS.get(method, method.lower())
    operation = judge().document["paths"].get(route, {}).get(name)
    if operation is None:
        problems = _of_nothing(response)
    else:
        place = f"#/paths/{str(route).replace('/', '~1')}/{name}"
        problems = _of_answer(operation, place, response, is_head=method == "HEAD")
        problems += _of_request(operation, place, response, sent)
    if found := list(problems):
        _fail(method, path, response, *found)


def check_frame(event: str, data: Any) -> None:
    """Raise Untrue where the description lies about a frame of a stream."""
    if problems := judge().errors(f"#/components/schemas/{component(event)}", data):
        raise Untrue(f"{event} {data}: {'; '.join(problems)}")


def _of_nothing(response: Any) -> list[str]:
    if response.status_code not in ELSEWHERE:
        return ["nothing is described here"]
    return judge().errors("#/components/schemas/Error", json.loads(response.content))


def _of_answer(operation: dict[str, Any], place: str, response: Any, *, is_head: bool) -> list[str]:
    status = str(response.status_code)
    if status not in operation["responses"]:
        return ["this status is not described"]
    answer, reference = judge().resolved(operation["responses"][status])
    problems = list(_of_headers(answer.get("headers", {}), response.headers))
    kinds = answer.get("content", {})
    if is_head or not kinds:
        return problems + (["a body is not described"] if response.content else [])
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if kind not in kinds:
        return [*problems, f"{kind or 'no type'} is not among {', '.join(kinds)}"]
    if response.streaming or not kind.endswith("json"):
        return problems
    place = reference or f"{place}/responses/{status}"
    place = f"{place}/content/{kind.replace('/', '~1')}/schema"
    return problems + judge().errors(place, json.loads(response.content))


def _of_headers(described: dict[str, Any], found: Mapping[str, str]) -> Iterator[str]:
    names = {name.lower() for name in described}
    yield from (f"{name} is not described" for name in SPOKEN - names if name in found)
    for name, said in described.items():
        header, reference = judge().resolved(said)
        if name not in found:
            if header.get("required"):
                yield f"{name} is missing"
            continue
        value: Any = found[name]
        if header["schema"]["type"] == "integer" and value.isdigit():
            value = int(value)
        for problem in judge().errors(f"{reference}/schema", value):
            yield f"{name}{problem}"


def _of_request(
    operation: dict[str, Any], place: str, response: Any, sent: bytes | None
) -> list[str]:
    """Whoever was understood must have sent what is described."""
    is_taken = 200 <= response.status_code < 300
    if not sent or not is_taken or "requestBody" not in operation:
        return []
    place = f"{place}/requestBody/content/application~1json/schema"
    problems = judge().errors(place, json.loads(sent), asked=True)
    return [f"it took {problem}" for problem in problems]
