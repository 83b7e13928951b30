"""camelCase on the wire, snake_case in Python."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from api.camel import CamelSerializer, camelize


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("id", "id"),
        ("published_at", "publishedAt"),
        ("cost_if_full_usd", "costIfFullUsd"),
        ("first_token_ms", "firstTokenMs"),
    ],
)
def test_a_name_in_camel_case(name: str, wire: str) -> None:
    assert camelize(name) == wire


@given(st.from_regex(r"[a-z]+(_[a-z]+)*", fullmatch=True))
def test_no_two_names_become_one(name: str) -> None:
    wire = camelize(name)
    assert "_" not in wire
    assert "".join(f"_{c.lower()}" if c.isupper() else c for c in wire) == name


class Inner(CamelSerializer):
    """Inside another."""

    deep_value = serializers.IntegerField()


class Outer(CamelSerializer):
    """With every way of naming a source."""

    plain_value = serializers.IntegerField()
    other_name = serializers.IntegerField(source="plain_value")
    inner_part = Inner(source="*")
    many_parts = Inner(many=True)
    worked_out = serializers.SerializerMethodField()

    def get_worked_out(self, facts: dict[str, int]) -> int:
        return facts["plain_value"] * 2


def test_fields_keep_their_sources() -> None:
    facts = {"plain_value": 1, "deep_value": 2, "many_parts": [{"deep_value": 3}]}
    assert Outer(facts).data == {
        "plainValue": 1,
        "otherName": 1,
        "innerPart": {"deepValue": 2},
        "manyParts": [{"deepValue": 3}],
        "workedOut": 2,
    }


def test_input_comes_in_under_the_names_of_python() -> None:
    form = Inner(data={"deepValue": 4})
    assert form.is_valid()
    assert form.validated_data == {"deep_value": 4}
    refused = Inner(data={"deep_value": 4})
    assert not refused.is_valid()
    assert set(refused.errors) == {"deepValue"}
