"""camelCase on the wire, snake_case in Python: converted once, when a serializer class is built."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers

from api.fields import Text

# Fields whose value the encoder writes as they would.
PLAIN = frozenset(
    {
        Text,
        serializers.BooleanField,
        serializers.CharField,
        serializers.ChoiceField,
        serializers.DateTimeField,
        serializers.EmailField,
        serializers.IntegerField,
        serializers.JSONField,
        serializers.ReadOnlyField,
        serializers.UUIDField,
    }
)


def camelize(name: str) -> str:
    """`published_at` becomes `publishedAt`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


class _CamelMeta(serializers.SerializerMetaclass):
    """Renames declared fields and those of `Meta`; the attribute stays the source."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        for field_name, field in list(attrs.items()):
            if not isinstance(field, serializers.Field) or field_name == camelize(field_name):
                continue
            # The source is kept in the field's own arguments too: serializers deep-copy by them.
            if not isinstance(field, serializers.SerializerMethodField) and field.source is None:
                field.source = field_name
                _arguments(field)["source"] = field_name
            elif isinstance(field, serializers.SerializerMethodField) and not field.method_name:
                field.method_name = f"get_{field_name}"
                _arguments(field)["method_name"] = field.method_name
            del attrs[field_name]
            attrs[camelize(field_name)] = field
        if (meta := attrs.get("Meta")) is not None and hasattr(meta, "fields"):
            _camelize_meta(meta)
        return super().__new__(mcs, name, bases, attrs)


def _arguments(field: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = field._kwargs  # noqa: SLF001  (no public way to copy a field)
    return arguments


def _camelize_meta(meta: Any) -> None:
    extra = dict(getattr(meta, "extra_kwargs", {}))
    fields: list[str] = []
    for name in meta.fields:
        camel = camelize(name)
        fields.append(camel)
        if camel != name:
            extra[camel] = {**extra.pop(name, {}), "source": name}
    meta.fields = fields
    meta.read_only_fields = [camelize(name) for name in getattr(meta, "read_only_fields", ())]
    meta.extra_kwargs = extra


def _plain(serializer: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...] | None:
    """(name, reader) of each field, where none of them converts what the encoder knows by itself.

    None where a field does more than read an attribute: then DRF's own way is taken.
    """
    fields = [each for each in serializer.fields.values() if not each.write_only]
    if not all(type(each) in PLAIN and len(each.source_attrs) == 1 for each in fields):
        return None
    return tuple((each.field_name, attrgetter(each.source)) for each in fields)


class ReadsPlainly:
    """Reads rows attribute by attribute, as compiled once a class; `api.json` encodes the values.

    DRF's own way asks each field of each row for its source, its default and its text: most of
    what a list costs.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The row as a mapping of JSON-ready, dates, UUIDs and decimals included."""
        kind = type(self)
        if "_readers" not in kind.__dict__:
            kind._readers = _plain(self)  # type: ignore[attr-defined]  # noqa: SLF001
        readers = kind._readers  # type: ignore[attr-defined]  # noqa: SLF001
        if readers is None:
            return super().to_representation(instance)  # type: ignore[misc, no-any-return]
        return {name: read(instance) for name, read in readers}


class CamelSerializer(serializers.Serializer[Any], metaclass=_CamelMeta):
    """A serializer whose fields are written in snake_case and travel in camelCase."""


class CamelModelSerializer(ReadsPlainly, serializers.ModelSerializer[Any], metaclass=_CamelMeta):
    """The same over a model; `Meta.fields` are snake_case too."""

    serializer_field_mapping: ClassVar[dict[Any, Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
        models.TextField: Text,
    }
