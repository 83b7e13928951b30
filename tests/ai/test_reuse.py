"""An answer stands for another only where nothing that changes it differs."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given

from ai.brief import Brief
from ai.prompts import messages_for
from ai.providers.base import Message, ModelRef, Schema
from ai.reuse import answer_key
from tests.ai.briefs import briefs

ASKED: dict[str, Any] = {
    "kind": "TEXT",
    "brief": Brief("About clay"),
    "models": (ModelRef("openai", "mini"), ModelRef("openai", "other")),
    "messages": messages_for(Brief("About clay")),
    "max_output_tokens": 300,
    "schema": None,
}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "IDEAS"},
        {"brief": Brief("About clay", quality="mini")},
        {"brief": Brief("About clay", language="fr")},
        {"models": ASKED["models"][::-1]},
        {"models": ASKED["models"][:1]},
        {"messages": (*ASKED["messages"], Message("user", ""))},
        {"messages": ASKED["messages"][::-1]},
        {"max_output_tokens": 301},
        {"schema": Schema("ideas", {"type": "object"})},
        {"is_checked": True},
    ],
)
def test_whatever_changes_the_answer_changes_the_key(change: dict[str, Any]) -> None:
    assert answer_key(1, **ASKED | change) != answer_key(1, **ASKED)


def test_two_people_never_share_a_key() -> None:
    assert answer_key(1, **ASKED) != answer_key(2, **ASKED)


def test_a_schema_is_the_same_in_any_order() -> None:
    one = Schema("ideas", {"type": "object", "required": ["a"]})
    two = Schema("ideas", {"required": ["a"], "type": "object"})
    assert answer_key(1, **ASKED | {"schema": one}) == answer_key(1, **ASKED | {"schema": two})


@given(briefs)
def test_the_same_question_has_the_same_key(brief: Brief) -> None:
    asked = ASKED | {"brief": brief, "messages": messages_for(brief)}
    again = ASKED | {"brief": dataclasses.replace(brief), "messages": messages_for(brief)}
    assert answer_key(1, **asked) == answer_key(1, **again)
    assert len(answer_key(1, **asked)) == 64
