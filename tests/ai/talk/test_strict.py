"""The schema of ideas as vendors' strict modes take it."""

import json

from ai.ideas.schema import schema_for
from ai.ideas.wanted import Wanted
from ai.providers.strict import BOUNDS, without_bounds


def test_no_bound_is_left_and_nothing_else_is_lost() -> None:
    schema = schema_for(Wanted("x", count=7)).schema
    strict = without_bounds(schema)
    written = json.dumps(strict)
    assert not [bound for bound in BOUNDS if f'"{bound}"' in written]
    idea = strict["properties"]["ideas"]["items"]
    assert idea["required"] == ["title", "description", "type", "tags", "difficulty"]
    assert idea["properties"]["difficulty"]["enum"] == ["easy", "medium", "hard"]
    assert idea["additionalProperties"] is False
    assert schema["properties"]["ideas"]["minItems"] == 7


def test_a_property_may_be_called_like_a_bound() -> None:
    schema = {"type": "object", "properties": {"maximum": {"type": "integer", "maximum": 5}}}
    assert without_bounds(schema)["properties"] == {"maximum": {"type": "integer"}}
