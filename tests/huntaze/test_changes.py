"""What breaks clients is found; what only adds is not."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from huntaze.description.changes import NotAnsweredFor, breaks, check
from huntaze.description.views import description

type Change = Callable[[dict[str, Any]], Any]


def _piece(**more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["id", "title"],
        "properties": {
            "id": {"type": "string"},
            "title": {"type": "string"},
            "kind": {"$ref": "#/components/schemas/Kind"},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Piece"}},
            "when": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            **more,
        },
    }


OLD: dict[str, Any] = {
    "paths": {
        "/pieces": {
            "get": {
                "operationId": "listPieces",
                "security": [{"token": []}, {}],
                "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
                "responses": {"200": {"headers": {"ETag": {}}, "content": {}}, "404": {}},
            },
            "post": {
                "operationId": "createPiece",
                "requestBody": {
                    "content": {"json": {"schema": {"$ref": "#/components/schemas/New"}}}
                },
                "responses": {
                    "201": {"content": {"json": {"schema": {"$ref": "#/components/schemas/Piece"}}}}
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Kind": {"type": "string", "enum": ["POST", "IDEA"]},
            "Piece": _piece(),
            "New": {
                "type": "object",
                "required": ["title"],
                "properties": {
                    "title": {"type": "string", "maxLength": 100},
                    "note": {"type": ["string", "null"]},
                    "kind": {"allOf": [{"$ref": "#/components/schemas/Kind"}], "default": "POST"},
                },
            },
        }
    },
}


def _get(new: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = new["paths"]["/pieces"]["get"]
    return found


def _post(new: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = new["paths"]["/pieces"]["post"]
    return found


def _schema(new: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = new["components"]["schemas"][name]
    return found


def _part(new: dict[str, Any], name: str, part: str) -> dict[str, Any]:
    found: dict[str, Any] = _schema(new, name)["properties"][part]
    return found


NEEDED = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
BREAKING: dict[str, Change] = {
    "get /pieces: is gone": lambda new: new["paths"]["/pieces"].pop("get"),
    "get /pieces: is called all now": lambda new: _get(new).update(operationId="all"),
    "get /pieces: nobody is no longer let in": lambda new: _get(new)["security"].pop(),
    "get /pieces query page: is gone": lambda new: _get(new)["parameters"].pop(),
    "get /pieces query q: is needed now": lambda new: _get(new)["parameters"].append(NEEDED),
    "get /pieces query page: maximum is 5 now": lambda new: _get(new)["parameters"][0][
        "schema"
    ].update(maximum=5),
    "get /pieces: no longer answers 200": lambda new: _get(new)["responses"].pop("200"),
    "get /pieces 200: the header ETag is gone": lambda new: _get(new)["responses"]["200"].pop(
        "headers"
    ),
    "post /pieces: a body is needed now": lambda new: _post(new)["requestBody"].update(
        required=True
    ),
    "post /pieces body: json is gone": lambda new: _post(new)["requestBody"]["content"].pop("json"),
    "post /pieces body.note: is needed now": lambda new: _schema(new, "New")["required"].append(
        "note"
    ),
    "post /pieces body.note: null is no longer taken": lambda new: _part(new, "New", "note").update(
        type="string"
    ),
    "post /pieces body.note: is gone": lambda new: _schema(new, "New")["properties"].pop("note"),
    "post /pieces body.title: maxLength is 50 now": lambda new: _part(new, "New", "title").update(
        maxLength=50
    ),
    "post /pieces body.title: pattern is ^a now": lambda new: _part(new, "New", "title").update(
        pattern="^a"
    ),
    "post /pieces body.kind: the value 'IDEA' is gone": lambda new: _schema(new, "Kind")[
        "enum"
    ].remove("IDEA"),
    "post /pieces 201.kind: any value may come now": lambda new: _schema(new, "Kind").pop("enum"),
    "post /pieces 201.title: may be null now": lambda new: _part(new, "Piece", "title").update(
        type=["string", "null"]
    ),
    "post /pieces 201.title: is gone": lambda new: _schema(new, "Piece")["properties"].pop("title"),
    "post /pieces 201.id: may be missing now": lambda new: _schema(new, "Piece")["required"].remove(
        "id"
    ),
    "post /pieces 201.when: one of its forms is new": lambda new: _part(new, "Piece", "when")[
        "anyOf"
    ].append({"type": "integer"}),
}
ADDING: dict[str, Change] = {
    "a route": lambda new: new["paths"].update({"/new": _get(new)}),
    "a method": lambda new: new["paths"]["/pieces"].update(put={}),
    "a parameter": lambda new: _get(new)["parameters"].append({**NEEDED, "required": False}),
    "a way to sign in": lambda new: _get(new)["security"].append({"cookie": []}),
    "a property asked": lambda new: _schema(new, "New")["properties"].update(more={}),
    "a property answered": lambda new: _schema(new, "Piece")["properties"].update(more={}),
    "a promise": lambda new: _schema(new, "Piece")["required"].append("kind"),
    "a value": lambda new: _schema(new, "Kind")["enum"].append("STORY"),
    "more room": lambda new: _part(new, "New", "title").update(maxLength=200),
    "less is needed": lambda new: _schema(new, "New")["required"].clear(),
    "a header": lambda new: _get(new)["responses"]["200"]["headers"].update(Age={}),
    "a failure": lambda new: _get(new)["responses"].update({"503": {}}),
    "no more of a failure": lambda new: _get(new)["responses"].pop("404"),
    "never null any more": lambda new: _part(new, "Piece", "when")["anyOf"].pop(),
    "words": lambda new: _part(new, "New", "title").update(description="What it is called."),
}


def changed(change: Change) -> dict[str, Any]:
    new = deepcopy(OLD)
    change(new)
    return new


@pytest.mark.parametrize("sentence", BREAKING)
def test_what_breaks_clients_is_said(sentence: str) -> None:
    assert sentence in breaks(OLD, changed(BREAKING[sentence]))


@pytest.mark.parametrize("name", ADDING)
def test_what_only_adds_breaks_nobody(name: str) -> None:
    assert breaks(OLD, changed(ADDING[name])) == []


def test_a_break_takes_a_reason_and_a_reason_takes_a_break(tmp_path: Path) -> None:
    accepted = tmp_path / "accepted.txt"
    broken = changed(BREAKING["get /pieces: is gone"])
    for text in ("", "# get /pieces: is gone -- no\n", "get /pieces: is gone\n"):
        accepted.write_text(text)
        with pytest.raises(NotAnsweredFor, match="breaks clients: get /pieces: is gone"):
            check(OLD, broken, accepted)
    accepted.write_text("get /pieces: is gone -- nobody called it\n")
    check(OLD, broken, accepted)
    with pytest.raises(NotAnsweredFor, match="breaks nothing any more: get /pieces: is gone"):
        check(OLD, OLD, accepted)


def test_our_own_description_is_compared_to_its_last_property() -> None:
    ours = description()
    assert breaks(ours, ours) == []
    new = deepcopy(ours)
    del new["components"]["schemas"]["UsageSaved"]["properties"]["percent"]
    assert breaks(ours, new) == ["get /api/ai/usage 200.saved.percent: is gone"]
