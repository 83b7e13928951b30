"""Queries that every request makes: to compile one takes longer than to run it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet

# Stands in a compiled query for the id that is looked for.
PREPARED_ID = UUID("6b3c1c1e-4f0e-4f3a-9d58-7a3d2c1b0a99")


class Prepared[Key, Row: Model]:
    """The first row of a query about one key, compiled at the first use.

    What depends on the moment is for the database to say (`Now()`), since the query stays.
    `stand_in` takes the key's place in it, and must be nothing else that the query names.
    """

    def __init__(self, rows_about: Callable[[Key], QuerySet[Row]], stand_in: Key) -> None:
        self._rows_about, self._stand_in = rows_about, stand_in

    @cached_property
    def _compiled(self) -> tuple[str, tuple[Any, ...]]:
        sql, parameters = self._rows_about(self._stand_in)[:1].query.sql_with_params()
        return sql, parameters

    def values(self, key: Key) -> tuple[Any, ...] | None:
        """The row's columns as the driver gives them, in the order of the query; None for none."""
        sql, parameters = self._compiled
        given: list[Any] = [key if each == self._stand_in else each for each in parameters]
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            found: tuple[Any, ...] | None = cursor.fetchone()
        return found


class First[Row: Model](Prepared[UUID, Row]):
    """The same about an id, as a row of its model."""

    def __init__(self, rows_about: Callable[[UUID], QuerySet[Row]]) -> None:
        super().__init__(rows_about, PREPARED_ID)

    @cached_property
    def _model(self) -> type[Row]:
        return self._rows_about(PREPARED_ID).model

    def __call__(self, key: UUID) -> Row | None:
        """The row; None for none."""
        found = self.values(key)
        return None if found is None else row_of(self._model, found)


def row_of[Row: Model](model: type[Row], found: Sequence[Any]) -> Row:
    """A row out of its columns, all of them in the order of its fields."""
    fields: Sequence[Any] = model._meta.concrete_fields  # noqa: SLF001
    values = [_as_python(field, raw) for field, raw in zip(fields, found, strict=True)]
    return model.from_db(None, [field.attname for field in fields], values)


def _as_python(field: Any, raw: Any) -> Any:
    """As a query of Django's own would have it: of JSON, the driver gives the text."""
    for convert in field.get_db_converters(connection):
        raw = convert(raw, field.cached_col, connection)
    return raw
