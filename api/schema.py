"""How lists are described, by the names in their payloads, and texts that may not be blank."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

from api.fields import Text

# Anything but what `str.strip` takes away: what `\S` means differs from engine to engine.
NOT_BLANK = (
    r"[^\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
)


class HuntazeSchema(AutoSchema):
    """Names the list of each list view as its payload does; white space alone is no text."""

    def _get_paginator(self) -> Any:
        paginator = super()._get_paginator()  # type: ignore[no-untyped-call]
        if paginator is not None:
            paginator.list_name = getattr(self.view, "list_name", "results")
        return paginator

    def get_paginated_name(self, serialized_name: str) -> str:
        """`ContentList` instead of `PaginatedContentList`."""
        return f"{serialized_name}List"

    def _map_serializer_field(self, field: Any, direction: str, *more: Any, **options: Any) -> Any:
        mapped: Any = super()._map_serializer_field
        schema = mapped(field, direction, *more, **options)
        if "pattern" in schema:
            # To some engines, `\d` is also a digit of another script.
            schema = {**schema, "pattern": schema["pattern"].replace(r"\d", "[0-9]")}
        if direction == "request" and isinstance(field, Text) and not field.allow_blank:
            return {**schema, "pattern": NOT_BLANK}
        return schema
