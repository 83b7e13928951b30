"""The API's description: every list's envelope, every route's errors."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error", "code", "details", "requestId"],
    "properties": {
        "error": {"type": "string", "description": "A sentence for people."},
        "code": {"type": "string", "description": "A snake_case word for programs."},
        "details": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message", "code"],
                "properties": {name: {"type": "string"} for name in ("path", "message", "code")},
            },
        },
        "requestId": {"type": "string"},
    },
}
ERROR_REF = {"$ref": "#/components/schemas/Error"}
SENTENCES = {
    "400": "The input is not valid.",
    "401": "Not signed in.",
    "402": "The plan's quota is used up.",
    "403": "Not allowed.",
    "404": "Not there, or someone else's.",
    "405": "Not a method of this address.",
    "406": "None of our media types is accepted.",
    "409": "Conflicts with the current state.",
    "413": "Too large.",
    "415": "Not JSON.",
    "429": "Too many requests.",
    "500": "Something went wrong on our side.",
    "502": "The model provider failed.",
    "503": "No model can answer right now.",
}

KEY_PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description=(
        "1 to 255 printable ASCII characters of the client's choice. The same key and body within "
        "24 hours is answered as the first was, with `Idempotency-Replayed: true`."
    ),
)

# Besides PATCH and DELETE, what can meet a row that has moved on.
CONFLICTING = ("/api/content", "/content/generate", "/revert", "/keep", "/users")


class HuntazeSchema(AutoSchema):
    """Names the list of each list view as its payload does."""

    def _get_paginator(self) -> Any:
        paginator = super()._get_paginator()  # type: ignore[no-untyped-call]
        if paginator is not None:
            paginator.list_name = getattr(self.view, "list_name", "results")
        return paginator

    def get_override_parameters(self) -> list[Any]:
        """The key that a POST takes, where it takes one."""
        action = getattr(self.view, "action", None) or self.method.lower()
        handler = getattr(self.view, action, None)
        return [KEY_PARAMETER] if getattr(handler, "takes_idempotency_key", False) else []

    def get_paginated_name(self, serialized_name: str) -> str:
        """`ContentList` instead of `PaginatedContentList`."""
        return f"{serialized_name}List"


def _statuses(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    statuses = ["400"]
    if operation.get("security") != [] and {} not in operation.get("security", []):
        statuses += ["401", "403"]
    if "{" in path:
        statuses.append("404")
    if "requestBody" in operation:
        statuses += ["413", "415"]
    if method in {"patch", "delete"} or (method == "post" and path.endswith(CONFLICTING)):
        statuses.append("409")
    if "/generate" in path and method == "post":
        statuses += ["402", "502", "503"]
    return statuses


def add_errors(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: the error envelope on every operation."""
    result["components"].setdefault("schemas", {})["Error"] = ERROR_SCHEMA
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for status in _statuses(path, method, operation):
                answer = {
                    "description": SENTENCES[status],
                    "content": {"application/json": {"schema": ERROR_REF}},
                }
                operation["responses"].setdefault(status, answer)
    return result
