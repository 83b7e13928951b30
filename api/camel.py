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


class _Readers:
    """How each field of a serializer class is read off a row, worked out once."""

    def __init__(self, kind: Any) -> None:
        # An instance of its own: the fields hold on to theirs, which must not hold on to a row.
        fields = [each for each in kind().fields.values() if not each.write_only]
        self.methods = [
            (each.field_name, each.method_name)
            for each in fields
            if isinstance(each, serializers.SerializerMethodField)
        ]
        found = [(each.field_name, _reader(each)) for each in fields]
        self.readers = [(name, read) for name, read in found if read is not None]
        self.is_known = len(self.readers) == len(found)


def _reader(field: Any) -> Callable[[Any], Any] | None:
    """What reads one field; None for a source that DRF alone understands."""
    if isinstance(field, serializers.SerializerMethodField):
        # Its place among the others; the serializer at hand fills it in.
        return lambda _row: None
    if field.source == "*":
        whole: Callable[[Any], Any] = field.to_representation
        return whole
    if len(field.source_attrs) != 1:
        return None
    read = attrgetter(field.source)
    if type(field) in PLAIN:
        return read
    convert = field.to_representation
    return lambda row: None if (value := read(row)) is None else convert(value)


class ReadsPlainly:
    """Reads rows attribute by attribute, as compiled once a class; `api.json` encodes the values.

    DRF's own way builds every field anew for each answer and asks each field of each row for its
    source, its default and its text: most of what a list costs.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The row as a mapping of JSON-ready, dates, UUIDs and decimals included."""
        kind: Any = type(self)
        if "_readers" not in kind.__dict__:
            kind._readers = _Readers(kind)  # noqa: SLF001  (the class's own)
        compiled: _Readers = kind._readers  # noqa: SLF001
        if not compiled.is_known:
            return super().to_representation(instance)  # type: ignore[misc, no-any-return]
        said = {name: read(instance) for name, read in compiled.readers}
        for name, method in compiled.methods:
            said[name] = getattr(self, method)(instance)
        return said


class CamelSerializer(serializers.Serializer[Any], metaclass=_CamelMeta):
    """A serializer whose fields are written in snake_case and travel in camelCase."""


class CamelModelSerializer(ReadsPlainly, serializers.ModelSerializer[Any], metaclass=_CamelMeta):
    """The same over a model; `Meta.fields` are snake_case too."""

    serializer_field_mapping: ClassVar[dict[Any, Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
        models.TextField: Text,
    }
