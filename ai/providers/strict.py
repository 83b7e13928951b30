"""JSON Schemas as vendors' strict modes take them: without bounds, which they refuse. Pure.

A model that is held to a schema word by word (llama.cpp's) needs the bounds to come to an end; the
vendors' models keep to what the prompt says, and whoever reads the answer checks and cuts it.

Sources: https://platform.openai.com/docs/guides/structured-outputs (Supported schemas),
https://docs.claude.com/en/docs/build-with-claude/structured-outputs (JSON Schema limitations).
"""

from collections.abc import Mapping
from typing import Any

BOUNDS = frozenset(
    {
        *("minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }
)


def without_bounds(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same shape, types and enums; a property that is called like a bound stays."""
    return {
        name: _properties(value) if name == "properties" else _inner(value)
        for name, value in schema.items()
        if name not in BOUNDS
    }


def _properties(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: without_bounds(schema) for name, schema in found.items()}


def _inner(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_bounds(value)
    return [_inner(each) for each in value] if isinstance(value, list) else value
