"""How lists are described, by the names in their payloads, and texts that may not be blank."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

from api.fields import Text

NOT_BLANK = r"\S"


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
        if direction == "request" and isinstance(field, Text) and not field.allow_blank:
            return {**schema, "pattern": NOT_BLANK}
        return schema
