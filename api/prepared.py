"""Queries that every request makes: to compile one takes longer than to run it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet

# Stands in the compiled query for the key that is looked for.
_KEY = UUID("6b3c1c1e-4f0e-4f3a-9d58-7a3d2c1b0a99")


class First[Row: Model]:
    """The first row of a query about one key, compiled at the first use.

    What depends on the moment is for the database to say (`Now()`), since the query stays.
    """

    def __init__(self, rows_about: Callable[[UUID], QuerySet[Row]]) -> None:
        self._rows_about = rows_about

    @cached_property
    def _compiled(self) -> tuple[str, tuple[Any, ...], type[Row], Sequence[Any]]:
        rows = self._rows_about(_KEY)[:1]
        sql, parameters = rows.query.sql_with_params()
        return sql, parameters, rows.model, rows.model._meta.concrete_fields  # noqa: SLF001

    def __call__(self, key: UUID) -> Row | None:
        """The row; None for none."""
        sql, parameters, model, fields = self._compiled
        with connection.cursor() as cursor:
            cursor.execute(sql, [key if each == _KEY else each for each in parameters])
            found = cursor.fetchone()
        if found is None:
            return None
        values = [_as_python(field, raw) for field, raw in zip(fields, found, strict=True)]
        return model.from_db(None, [field.attname for field in fields], values)


def _as_python(field: Any, raw: Any) -> Any:
    """As a query of Django's own would have it: of JSON, the driver gives the text."""
    for convert in field.get_db_converters(connection):
        raw = convert(raw, field.cached_col, connection)
    return raw
