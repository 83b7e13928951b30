"""Stripe's lists: newest first, cursors, filters. Source: https://docs.stripe.com/api/pagination."""

from collections.abc import Iterable
from typing import Any

from tests.fakes.stripe.errors import Refusal
from tests.fakes.stripe.forms import number
from tests.fakes.stripe.routing import Call
from tests.fakes.stripe.templates import Json

BOUNDS = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def listing(call: Call, kind: str, url: str, filters: Iterable[str] = ()) -> Json:
    """One page of the objects of a kind whose fields are what the parameters say."""
    rows = call.world.all(kind)
    for name in filters:
        if name in call.params:
            rows = [row for row in rows if _text(row.get(name)) == call.params[name]]
    return page(call, rows, url)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def page(call: Call, rows: list[Json], url: str) -> Json:
    """One page of these, which are the newest first."""
    rows = [row for row in rows if _is_in_time(row, call.params.get("created"))]
    limit = _limit(call)
    after, before = call.params.get("starting_after"), call.params.get("ending_before")
    if after:
        rows = rows[_position(rows, after) + 1 :]
    if before:
        rows = rows[: _position(rows, before)]
        shown, has_more = rows[-limit:], len(rows) > limit
    else:
        shown, has_more = rows[:limit], len(rows) > limit
    return {"object": "list", "data": shown, "has_more": has_more, "url": url}


def _limit(call: Call) -> int:
    limit = number(call.params, "limit")
    if limit is not None and not 1 <= limit <= 100:
        message = "This value must be between 1 and 100."
        raise Refusal(message, code="parameter_invalid_integer", param="limit")
    return limit or 10


def _position(rows: list[Json], id_: str) -> int:
    for position, row in enumerate(rows):
        if row["id"] == id_:
            return position
    message = f"No such object: '{id_}'"
    raise Refusal(message, code="resource_missing", param="starting_after")


def _is_in_time(row: Json, asked: Any) -> bool:
    if not asked:
        return True
    if isinstance(asked, str):
        return bool(row["created"] == int(asked))
    return all(BOUNDS[name](row["created"], int(bound)) for name, bound in asked.items())
