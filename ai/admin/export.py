"""A filtered list of the admin as a CSV file, of any length."""

import csv
from collections.abc import AsyncIterator, Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from ai.database import in_database
from api.admin import HistoryAdmin

Row = TypeVar("Row", bound=Model)
CHUNK = 2_000
# A spreadsheet takes what begins so for a formula, and runs it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class ExportAdmin(HistoryAdmin[Row]):
    """History whose filtered list can be taken along: facts and figures, nobody's words."""

    export_columns: Sequence[str] = ()
    change_list_template = "admin/ai/exportable_list.html"

    def get_urls(self) -> list[URLPattern]:
        """Its own page before Django's, whose last one takes any path for an id."""
        meta = self.opts
        name = f"{meta.app_label}_{meta.model_name}_export"
        view = self.admin_site.admin_view(self.export)
        return [path("export.csv", view, name=name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """With a way to the file of what the list shows."""
        meta = self.opts
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_export")
        query = request.GET.urlencode()
        link = f"{address}?{query}" if query else address
        return super().changelist_view(request, {**(extra_context or {}), "export_url": link})

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The rows that the list would show, newest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            # As the list does with a filter that it does not know.
            meta = self.opts
            return HttpResponseRedirect(
                reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist") + "?e=1"
            )
        name = f"{self.opts.model_name}-{timezone.now():%Y%m%d-%H%M}.csv"
        return StreamingHttpResponse(
            csv_of(rows, self.export_columns),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )


async def csv_of(rows: QuerySet[Any], columns: Sequence[str]) -> AsyncIterator[bytes]:
    """The rows by the thousand, each time from behind the last one.

    A cursor of the database would keep one of the pool's connections for as long as the client
    takes to read; so this one holds none in between.
    """
    writer = csv.writer(_Echo())
    yield writer.writerow(columns)
    after: tuple[Any, Any] | None = None
    while True:
        page = await in_database(_chunk, rows, columns, after)
        if not page:
            return
        yield b"".join(_lines(writer, page))
        after = page[-1][:2]


def _chunk(
    rows: QuerySet[Any], columns: Sequence[str], after: tuple[Any, Any] | None
) -> list[tuple[Any, ...]]:
    """The next rows by (created_at, id), those two first in each."""
    if after is not None:
        at, pk = after
        behind = Q(created_at__lt=at) | Q(created_at=at, pk__gt=pk)
        # The first bound is the one that the index understands.
        rows = rows.filter(Q(created_at__lte=at) & behind)
    ordered = rows.order_by("-created_at", "pk")
    return list(ordered.values_list("created_at", "pk", *columns)[:CHUNK])


def _lines(writer: Any, page: list[tuple[Any, ...]]) -> Iterator[bytes]:
    for row in page:
        yield writer.writerow([cell(value) for value in row[2:]])


def cell(value: Any) -> str:
    """A value as a spreadsheet may read it: exact, and never a formula. None is empty."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


class _Echo:
    """Gives back what a writer of CSV writes."""

    def write(self, line: str) -> bytes:
        """A line, as it goes out."""
        return line.encode()
