"""What breaks clients between two descriptions, and which of it somebody has answered for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from huntaze.description.narrowing import ANSWERED, ASKED, Comparison, Schema, resolve

BECAUSE = " -- "
SUCCESS = ("2", "3")


def breaks(old: Schema, new: Schema) -> list[str]:
    """A sentence for each change that a client of the old one may stumble over."""
    found: list[str] = []
    for path, operations in old["paths"].items():
        for method, before in operations.items():
            after = new["paths"].get(path, {}).get(method)
            name = f"{method} {path}"
            found += _of_operation(old, new, name, before, after) if after else [f"{name}: is gone"]
    return sorted(set(found))


def _of_operation(
    old: Schema, new: Schema, name: str, before: Schema, after: Schema
) -> Iterator[str]:
    if before["operationId"] != after["operationId"]:
        yield f"{name}: is called {after['operationId']} now"
    for way in before.get("security", [{}]):
        if way not in after.get("security", [{}]):
            yield f"{name}: {' and '.join(way) or 'nobody'} is no longer let in"
    yield from _of_parameters(old, new, name, before, after)
    yield from _of_body(old, new, name, before, after)
    for status, answer in before["responses"].items():
        if not status.startswith(SUCCESS):
            # How something fails may become more, or less.
            continue
        if status in after["responses"]:
            yield from _of_answer(old, new, f"{name} {status}", answer, after["responses"][status])
        else:
            yield f"{name}: no longer answers {status}"


def _parameters(document: Schema, operation: Schema) -> dict[tuple[str, str], Schema]:
    found = [resolve(document, each) for each in operation.get("parameters", [])]
    return {(each["in"], each["name"].lower()): each for each in found}


def _of_parameters(
    old: Schema, new: Schema, name: str, before: Schema, after: Schema
) -> Iterator[str]:
    olds, news = _parameters(old, before), _parameters(new, after)
    compare = Comparison(old, new, ASKED)
    for key, each in olds.items():
        place = f"{name} {each['in']} {each['name']}"
        if key in news:
            yield from compare.breaks(place, each.get("schema", {}), news[key].get("schema", {}))
        else:
            yield f"{place}: is gone"
    for key, each in news.items():
        if each.get("required") and not olds.get(key, {}).get("required"):
            yield f"{name} {each['in']} {each['name']}: is needed now"


def _of_body(old: Schema, new: Schema, name: str, before: Schema, after: Schema) -> Iterator[str]:
    asked, ask = before.get("requestBody", {}), after.get("requestBody", {})
    if ask.get("required") and not asked.get("required"):
        yield f"{name}: a body is needed now"
    yield from _of_content(Comparison(old, new, ASKED), f"{name} body", asked, ask)


def _of_answer(
    old: Schema, new: Schema, place: str, before: Schema, after: Schema
) -> Iterator[str]:
    answered, answer = resolve(old, before), resolve(new, after)
    for header in answered.get("headers", {}):
        if header not in answer.get("headers", {}):
            yield f"{place}: the header {header} is gone"
    yield from _of_content(Comparison(old, new, ANSWERED), place, answered, answer)


def _of_content(compare: Comparison, place: str, before: Schema, after: Schema) -> Iterator[str]:
    for kind, media in before.get("content", {}).items():
        if kind not in after.get("content", {}):
            yield f"{place}: {kind} is gone"
            continue
        yield from compare.breaks(place, media["schema"], after["content"][kind]["schema"])


class NotAnsweredFor(Exception):
    """Breaks without a reason, and reasons without a break."""


def check(old: Schema, new: Schema, accepted: Path) -> None:
    """Raise NotAnsweredFor unless `accepted` gives a reason for each break, and for nothing else.

    A line of it is the break, " -- ", and why clients have to bear it; `#` begins a comment.
    """
    reasons: dict[str, str] = {}
    for line in accepted.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            said, _because, reason = line.partition(BECAUSE)
            reasons[said.strip()] = reason.strip()
    found = breaks(old, new)
    complaints: list[Any] = [f"breaks clients: {each}" for each in found if not reasons.get(each)]
    complaints += [f"breaks nothing any more: {each}" for each in reasons if each not in found]
    if complaints:
        raise NotAnsweredFor("\n".join(complaints))
