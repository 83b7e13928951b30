"""What a schema no longer takes, or may answer now, that clients of the old one do not expect.

Answers may grow: a new property or a new value of an enumeration is no break (see text.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

type Schema = dict[str, Any]

ASKED, ANSWERED = "asked", "answered"
UPPER = ("maximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "minLength", "minItems", "minProperties")
SHAPES = ("pattern", "format")
ANY = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})


def resolve(document: Schema, schema: Schema) -> Schema:
    """What a reference leads to."""
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


def merged(document: Schema, schema: Schema) -> Schema:
    """One schema instead of a reference or of `allOf`."""
    schema = resolve(document, schema)
    whole = {name: value for name, value in schema.items() if name != "allOf"}
    for part in schema.get("allOf", []):
        inner = merged(document, part)
        properties = {**inner.get("properties", {}), **whole.get("properties", {})}
        required = [*inner.get("required", []), *whole.get("required", [])]
        whole = {**inner, **whole}
        if properties:
            whole |= {"properties": properties, "required": required}
    return whole


def _variants(document: Schema, schema: Schema) -> list[Schema]:
    parts = schema.get("oneOf") or schema.get("anyOf")
    if not parts:
        return [schema]
    return [each for part in parts for each in _variants(document, merged(document, part))]


def _types(schema: Schema) -> frozenset[str]:
    found = schema.get("type")
    if found is None:
        return ANY if "properties" not in schema else frozenset({"object"})
    types = {found} if isinstance(found, str) else set(found)
    return frozenset(types | ({"integer"} if "number" in types else set()))


@dataclass(slots=True)
class Comparison:
    """Of two documents, in one direction: what clients send, or what they are sent."""

    old: Schema
    new: Schema
    direction: str
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def breaks(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        """A sentence for each."""
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair) and pair in self._seen:
            return
        self._seen.add(pair)
        before, after = merged(self.old, old), merged(self.new, new)
        olds, news = _variants(self.old, before), _variants(self.new, after)
        if len(olds) == len(news) == 1:
            yield from self._one(place, olds[0], news[0])
            return
        from_, to = (olds, news) if self.direction == ASKED else (news, olds)
        for each in from_:
            if not any(self._fits(each, other) for other in to):
                yield f"{place}: one of its forms is {self._verdict()}"

    def _verdict(self) -> str:
        return "no longer taken" if self.direction == ASKED else "new"

    def _fits(self, each: Schema, other: Schema) -> bool:
        pair = (each, other) if self.direction == ASKED else (other, each)
        inner = Comparison(self.old, self.new, self.direction, set(self._seen))
        return not any(True for _break in inner._one("", *pair))

    def _one(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from self._type(place, _types(old), _types(new))
        yield from self._values(place, old.get("enum"), new.get("enum"))
        if self.direction == ASKED:
            yield from _limits(place, old, new)
        yield from self._properties(place, old, new)
        if "items" in old and "items" in new:
            yield from self.breaks(f"{place}[]", old["items"], new["items"])

    def _type(self, place: str, old: frozenset[str], new: frozenset[str]) -> Iterator[str]:
        lost, gained = sorted(old - new), sorted(new - old)
        if self.direction == ASKED and lost:
            yield f"{place}: {', '.join(lost)} is no longer taken"
        if self.direction == ANSWERED and gained:
            yield f"{place}: may be {', '.join(gained)} now"

    def _values(self, place: str, old: list[Any] | None, new: list[Any] | None) -> Iterator[str]:
        if old is not None and new is not None:
            for value in old:
                if value not in new:
                    yield f"{place}: the value {value!r} is gone"
        elif old is None and new is not None and self.direction == ASKED:
            yield f"{place}: only some values are taken now"
        elif old is not None and new is None and self.direction == ANSWERED:
            yield f"{place}: any value may come now"

    def _properties(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, schema in before.items():
            if name in after:
                yield from self.breaks(f"{place}.{name}", schema, after[name])
            else:
                yield f"{place}.{name}: is gone"
        needed, need = set(old.get("required", [])), set(new.get("required", []))
        if self.direction == ASKED:
            yield from (f"{place}.{name}: is needed now" for name in sorted(need - needed))
        else:
            kept = sorted((needed - need) & set(after))
            yield from (f"{place}.{name}: may be missing now" for name in kept)
        if self.direction == ASKED and new.get("additionalProperties") is False is not old.get(
            "additionalProperties"
        ):
            yield f"{place}: no other properties are taken now"


def _limits(place: str, old: Schema, new: Schema) -> Iterator[str]:
    for name in UPPER:
        if name in new and new[name] < old.get(name, float("inf")):
            yield f"{place}: {name} is {new[name]} now"
    for name in LOWER:
        if name in new and new[name] > old.get(name, 0 if name != "minimum" else float("-inf")):
            yield f"{place}: {name} is {new[name]} now"
    for name in SHAPES:
        if name in new and new[name] != old.get(name):
            yield f"{place}: {name} is {new[name]} now"
