"""How lists answer: `{"<name>": […], "pagination": {…}}`, strict about its two parameters."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

DEFAULT_LIMIT = 10
MAX_LIMIT = 100
# Beyond this an OFFSET is an attack, not a reader; it also fits PostgreSQL's bigint.
MAX_PAGE = 1_000_000

PAGINATION_SCHEMA = {
    "type": "object",
    "required": ["page", "limit", "total", "pages"],
    "properties": {name: {"type": "integer"} for name in ("page", "limit", "total", "pages")},
}


def _whole_number(request: Request, name: str, default: int, most: int) -> int:
    raw = request.query_params.get(name, str(default))
    if not raw.isascii() or not raw.isdigit() or len(raw) > 9 or not 1 <= int(raw) <= most:  # noqa: PLR2004
        message = _("This must be a whole number from 1 to %(most)d.") % {"most": most}
        raise ValidationError({name: [message]}, code="invalid")
    return int(raw)


class EnvelopePagination(BasePagination):
    """Pages of a list; the view's `list_name` names it."""

    list_name = "results"
    page = 1
    limit = DEFAULT_LIMIT
    total = 0

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One page of the rows. Raises ValidationError for a page or limit that is none."""
        self.list_name = getattr(view, "list_name", self.list_name)
        self.page = _whole_number(request, "page", 1, MAX_PAGE)
        self.limit = _whole_number(request, "limit", DEFAULT_LIMIT, MAX_LIMIT)
        start = (self.page - 1) * self.limit
        rows = list(queryset[start : start + self.limit])
        # A page with room left is the last one: nothing has to be counted.
        is_last = len(rows) < self.limit and (rows or not start)
        self.total = start + len(rows) if is_last else queryset.count()
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """The envelope around the rows."""
        pages = Paginator(range(self.total), self.limit).num_pages if self.total else 0
        numbers = {"page": self.page, "limit": self.limit, "total": self.total, "pages": pages}
        return Response({self.list_name: data, "pagination": numbers})

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The two parameters, for the API description."""
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": {"type": "integer", "minimum": 1, "maximum": most, "default": default},
            }
            for name, most, default in (
                ("page", MAX_PAGE, 1),
                ("limit", MAX_LIMIT, DEFAULT_LIMIT),
            )
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope, for the API description; `{name}` is filled in by HuntazeSchema."""
        return {
            "type": "object",
            "required": [self.list_name, "pagination"],
            "properties": {self.list_name: schema, "pagination": PAGINATION_SCHEMA},
        }
