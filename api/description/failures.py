"""How operations fail: a word and a sentence for each, and the answers made of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from api.camel import camelize
from api.description.headers import EVERYWHERE, answer_headers

DETAIL: dict[str, Any] = {
    "type": "object",
    "required": ["path", "message", "code"],
    "properties": {
        "path": {"type": "string", "description": "The field or parameter, dotted."},
        "message": {"type": "string", "description": "A sentence for people."},
        "code": {"type": "string", "description": "A word for programs."},
    },
}
PLAIN = "Error"
TRIED_AGAIN = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Failure:
    """One way to fail: `code` is what clients tell apart, `sentence` what it means.

    `schema` names the component of its body, `extra` what an example of it has beyond the envelope.
    """

    code: str
    status: int
    sentence: str | Promise
    schema: str = PLAIN
    extra: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """Part of its answer's component name."""
        camel = camelize(self.code)
        kind = camel[0].upper() + camel[1:]
        return kind if self.schema == PLAIN else self.schema


BAD_REQUEST = Failure("bad_request", 400, "The request could not be understood.")
VALIDATION = Failure("validation_error", 400, "The input is not valid; `details` says where.")
MALFORMED = Failure("malformed_json", 400, "The body is not valid JSON.")
UNAUTHORIZED = Failure("unauthorized", 401, "Sign in, or send a valid token.")
FORBIDDEN = Failure(
    "forbidden", 403, "Not yours to do: a read token, a missing CSRF token, or staff only."
)
NOT_FOUND = Failure("not_found", 404, "Not there, or someone else's.")
NO_METHOD = Failure("method_not_allowed", 405, "This address does not take that method.")
NOT_ACCEPTABLE = Failure("not_acceptable", 406, "We answer with `application/json`.")
CONFLICT = Failure("conflict", 409, "Not possible from the state that it is in.")
IDEMPOTENCY = Failure(
    "idempotency_conflict", 409, "This `Idempotency-Key` came with another request before."
)
IN_PROGRESS = Failure(
    "in_progress", 409, "The first request with this `Idempotency-Key` is not answered yet."
)
TOO_LARGE = Failure("too_large", 413, "The body is larger than 2 MB.")
NOT_JSON = Failure("unsupported_media_type", 415, "Send it as `application/json`.")
RATE_LIMITED = Failure("rate_limited", 429, "Too many requests; `Retry-After` says when.")
SERVER_ERROR = Failure("server_error", 500, "Something went wrong on our side; it is noted.")
UNAVAILABLE = Failure("unavailable", 503, "Cannot be reached right now; `Retry-After` says when.")
COMMON = (
    *(BAD_REQUEST, VALIDATION, MALFORMED, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, NO_METHOD),
    *(NOT_ACCEPTABLE, CONFLICT, IDEMPOTENCY, IN_PROGRESS, TOO_LARGE, NOT_JSON, RATE_LIMITED),
    *(SERVER_ERROR, UNAVAILABLE),
)


def error_schema(**more: dict[str, Any]) -> dict[str, Any]:
    """The envelope, with properties of its own."""
    properties: dict[str, Any] = {
        "error": {"type": "string", "description": "A sentence, in the caller's language."},
        "code": {"$ref": "#/components/schemas/ErrorCode"},
        "details": {"type": "array", "items": {"$ref": "#/components/schemas/ErrorDetail"}},
        "requestId": {"type": "string", "description": "As in `X-Request-ID` and in our logs."},
    }
    needed = [*properties, *(name for name, each in more.items() if not each.get("x-sometimes"))]
    kept = {
        name: {key: value for key, value in each.items() if key != "x-sometimes"}
        for name, each in more.items()
    }
    return {"type": "object", "required": needed, "properties": properties | kept}


def code_schema(failures: Iterable[Failure]) -> dict[str, Any]:
    """Every code there is."""
    sentences = {each.code: each.sentence for each in reversed(list(failures))}
    lines = [f"* `{code}`: {sentences[code]}" for code in sorted(sentences)]
    return {"type": "string", "enum": sorted(sentences), "description": "\n".join(lines)}


def _body(failures: list[Failure]) -> dict[str, Any]:
    """The schema of an answer that is one of these."""
    by_code: dict[str, str] = {}
    for each in failures:
        # A code that can come with more is described by the more; all of that is optional.
        if by_code.get(each.code, PLAIN) == PLAIN:
            by_code[each.code] = each.schema
    by_schema: dict[str, list[str]] = {}
    for code, schema in by_code.items():
        by_schema.setdefault(schema, []).append(code)
    shapes = [
        {
            "allOf": [
                {"$ref": f"#/components/schemas/{schema}"},
                {
                    "type": "object",
                    "required": ["code"],
                    "properties": {"code": {"type": "string", "enum": codes}},
                },
            ]
        }
        for schema, codes in by_schema.items()
    ]
    return shapes[0] if len(shapes) == 1 else {"oneOf": shapes}


def _example(failure: Failure) -> dict[str, Any]:
    where = {"path": "title", "message": "This field is required.", "code": "required"}
    return {
        "error": str(failure.sentence).replace("`", ""),
        "code": failure.code,
        "details": [where] if failure is VALIDATION else [],
        "requestId": "9f1c2a7d0e5b4c3fa1d86b2e47c0953d",
        **dict(failure.extra),
    }


def answer_of(failures: list[Failure]) -> dict[str, Any]:
    """The answer of one status, whichever of these failures it is."""
    status = failures[0].status
    is_passing = status in TRIED_AGAIN or IN_PROGRESS in failures
    names = [*EVERYWHERE, *(["Retry-After"] if is_passing else [])]
    names += ["WWW-Authenticate"] if status == UNAUTHORIZED.status else []
    return {
        "description": " ".join(f"`{each.code}`: {each.sentence}" for each in failures),
        "headers": answer_headers(names),
        "content": {
            "application/json": {
                "schema": _body(failures),
                "examples": {each.code: {"value": _example(each)} for each in failures},
            }
        },
    }


def component_name(failures: list[Failure]) -> str:
    """What the answer is called among the components: `NotFound`, `ConflictOrInProgress`."""
    return "Or".join(dict.fromkeys(each.name for each in failures))
