"""How lists are described: each by the name that it has in its payload."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class HuntazeSchema(AutoSchema):
    """Names the list of each list view as its payload does."""

    def _get_paginator(self) -> Any:
        paginator = super()._get_paginator()  # type: ignore[no-untyped-call]
        if paginator is not None:
            paginator.list_name = getattr(self.view, "list_name", "results")
        return paginator

    def get_paginated_name(self, serialized_name: str) -> str:
        """`ContentList` instead of `PaginatedContentList`."""
        return f"{serialized_name}List"
