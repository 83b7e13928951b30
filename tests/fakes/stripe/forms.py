"""Stripe's bracket syntax: `items[0][price]=x&expand[]=y` as dicts and lists, both ways.

Source: https://docs.stripe.com/api (form-encoded requests).
"""

import re
from typing import Any
from urllib.parse import parse_qsl

Params = dict[str, Any]

_PART = re.compile(r"\[([^\[\]]*)\]|([^\[\]]+)")


def parse(text: str) -> Params:
    """Every value is a string, as it came over the wire."""
    root: Params = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        _put(root, [inner or outer for inner, outer in _PART.findall(key)], value)
    return {key: _as_lists(value) for key, value in root.items()}


def _put(node: Params, path: list[str], value: str) -> None:
    for part in path[:-1]:
        child = node.setdefault(part or str(len(node)), {})
        if not isinstance(child, dict):
            return
        node = child
    node[path[-1] or str(len(node))] = value


def _as_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _as_lists(child) for key, child in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def flag(params: Params, name: str, *, default: bool = False) -> bool:
    """A boolean parameter."""
    return str(params[name]).lower() == "true" if name in params else default


def number(params: Params, name: str) -> int | None:
    """A whole number, or nothing where it is missing or empty."""
    value = params.get(name)
    return int(value) if value not in (None, "") else None


def typed(value: Any) -> Any:
    """What a settings tree that is only kept holds: its booleans and numbers as such."""
    if isinstance(value, dict):
        return {key: typed(child) for key, child in value.items()}
    if isinstance(value, list):
        return [typed(child) for child in value]
    if value in ("true", "false"):
        return value == "true"
    return None if value == "" else value


def merge_metadata(kept: dict[str, str], params: Params) -> dict[str, str]:
    """A key with an empty value goes; an empty `metadata` empties it all."""
    if "metadata" not in params:
        return kept
    given = params["metadata"] or {}
    merged = {**kept, **given} if given else {}
    return {key: value for key, value in merged.items() if value != ""}
