"""drf-spectacular's hook: what the apps say, written into what was found in the code."""

import json
import re
from typing import Any

import accounts.description
import billing.description
import content.description
from ai.description import failures as ai_failures
from ai.description import frames
from ai.description import operations as ai_operations
from ai.description import talk as ai_talk
from api.description import headers
from api.description.failures import DETAIL, code_schema, error_schema
from api.description.operations import Operation, all_failures, describe
from huntaze.description import text

DESCRIPTION_EXAMPLE = {"openapi": "3.1.0", "info": {"title": "Huntaze API"}, "paths": {}}
OWN: dict[str, Operation] = {
    "get /api/schema": Operation(
        "getDescription",
        "This description",
        text.DESCRIPTION_TAG,
        description="OpenAPI 3.1, in English.",
        examples={"200": DESCRIPTION_EXAMPLE},
        is_anonymous=True,
    ),
}
OPERATIONS: dict[str, Operation] = {
    **accounts.description.OPERATIONS,
    **content.description.OPERATIONS,
    **ai_operations.OPERATIONS,
    **ai_talk.OPERATIONS,
    **billing.description.OPERATIONS,
    **OWN,
}
PAGING = ("page", "limit")
BLANK = {"type": "string", "maxLength": 0}
LABEL = re.compile(r"^\* `(.*)` - \1$", re.MULTILINE)


def _renamed(result: dict[str, Any]) -> dict[str, Any]:
    """Components by the names that we give them."""
    raw = json.dumps(result, default=str)
    for found, ours in text.NAMES.items():
        raw = raw.replace(f'"#/components/schemas/{found}"', f'"#/components/schemas/{ours}"')
    renamed: dict[str, Any] = json.loads(raw)
    schemas = renamed["components"]["schemas"]
    ordered = {text.NAMES.get(name, name): each for name, each in schemas.items()}
    renamed["components"]["schemas"] = ordered
    return renamed


def _mend_schemas(schemas: dict[str, Any]) -> None:
    failures = all_failures(OPERATIONS.values())
    schemas |= {"Error": error_schema(), "ErrorDetail": DETAIL, "ErrorCode": code_schema(failures)}
    schemas |= accounts.description.SCHEMAS | content.description.SCHEMAS
    schemas |= ai_failures.SCHEMAS | frames.SCHEMAS
    properties = accounts.description.PROPERTIES | content.description.PROPERTIES
    for (name, part), schema in properties.items():
        schemas[name]["properties"][part] = schema
    for name, condition in content.description.CONDITIONS.items():
        schemas[name] |= condition
    for name in (*accounts.description.COMPLETE, *billing.description.COMPLETE):
        schemas[name]["required"] = sorted(schemas[name]["properties"])
    for name in billing.description.CLOSED:
        schemas[name]["additionalProperties"] = False
    _mend_blanks(schemas)
    for each in schemas.values():
        if labels := each.get("description"):
            # A label that repeats its value says nothing.
            each["description"] = LABEL.sub(r"* `\1`", labels)


def _mend_blanks(value: Any) -> None:
    """A field that may be empty takes either; an empty string is also a URI to most validators."""
    if isinstance(value, dict):
        if BLANK in value.get("oneOf", []):
            value["anyOf"] = value.pop("oneOf")
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            _mend_blanks(each)


def _mend_parameters(operation: dict[str, Any]) -> None:
    for each in operation.get("parameters", []):
        sentence = text.PARAMETERS.get(each.get("name", ""))
        # The description of a path's parameter is the view's own where it has one.
        if sentence and not (each["in"] == "path" and each.get("description")):
            each["description"] = sentence
        # What a form sends for a filter that is not set: nothing, and not a value of its own.
        if each["in"] == "query" and each["name"] not in PAGING:
            each["allowEmptyValue"] = True


def _mend_body(schemas: dict[str, Any], operation: dict[str, Any]) -> None:
    """A body of which a property is needed is needed itself."""
    body = operation.get("requestBody", {})
    for media in body.get("content", {}).values():
        name = media["schema"].get("$ref", "").rpartition("/")[2]
        if schemas.get(name, {}).get("required"):
            body["required"] = True


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The whole description. Raises KeyError for an operation of which nothing is said."""
    result = _renamed(result)
    parts = result["components"]
    _mend_schemas(parts["schemas"])
    parts["headers"] = headers.ANSWER
    parts["parameters"] = headers.REQUEST
    parts["securitySchemes"] = text.SCHEMES
    result["info"]["description"] = text.INTRODUCTION
    result["servers"] = [{"url": "/", "description": "The server that this came from."}]
    result["tags"] = [{"name": name, "description": about} for name, about in text.TAGS]
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _mend_parameters(operation)
            _mend_body(parts["schemas"], operation)
            said = OPERATIONS[f"{method} {path}"]
            describe(result, path, method, said)
    for name, each in parts.items():
        parts[name] = dict(sorted(each.items()))
    return result
