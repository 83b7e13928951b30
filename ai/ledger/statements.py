"""Rows as parts of one SQL statement, so that several of them change together or not at all."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import AutoField, Model


def columns_and_values(row: Model, **instead: str) -> tuple[str, str, list[Any]]:
    """What INSERT … SELECT wants of an unsaved row: its columns, its places, its values.

    `instead` names SQL that stands in the place of a column's value.
    """
    columns, places, fields = _to_insert(type(row), tuple(instead.items()))
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    return columns, places, values


def assignments(row: Model, names: Iterable[str]) -> tuple[str, list[Any]]:
    """What UPDATE … SET wants of the named fields of a row."""
    places, fields = _to_update(type(row), tuple(names))
    values = [
        field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields
    ]
    return places, values


@cache
def _to_insert(
    model: type[Model], instead: tuple[tuple[str, str], ...]
) -> tuple[str, str, tuple[Any, ...]]:
    sql = dict(instead)
    fields: list[Any] = [
        field
        for field in model._meta.concrete_fields  # noqa: SLF001  (documented API)
        if not isinstance(field, AutoField)
    ]
    columns = [_quoted(field) for field in fields]
    # A SELECT does not learn the types from the table, as VALUES does.
    places = [sql.get(field.column, f"%s::{_type(field)}") for field in fields]
    given = tuple(field for field in fields if field.column not in sql)
    return ", ".join(columns), ", ".join(places), given


@cache
def _to_update(model: type[Model], names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]  # noqa: SLF001
    places = [f"{_quoted(field)} = %s::{_type(field)}" for field in fields]
    return ", ".join(places), tuple(fields)


def _quoted(field: Any) -> str:
    return connection.ops.quote_name(field.column)


def _type(field: Any) -> str:
    """Without its length: a cast to varchar(20) would cut silently what the column refuses."""
    return str(field.db_type(connection)).split("(")[0]
