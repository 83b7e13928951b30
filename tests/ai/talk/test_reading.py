"""Ideas read out of what a model wrote."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ai.ideas.prompt import messages_for, messages_for_small_model, repair_for
from ai.ideas.reading import flaws_of, proposals_of
from ai.ideas.schema import MAX_OUTPUT_TOKENS, max_output_tokens, schema_for
from ai.ideas.wanted import Wanted

WANTED = Wanted("Clay", count=3)


def idea(title: str, **facts: Any) -> dict[str, Any]:
    own = {"title": title, "description": "What happens.", "type": "POST", "tags": ["clay"]}
    return {**own, "difficulty": "easy", **facts}


def answer(*ideas: Any) -> str:
    return json.dumps({"ideas": ideas})


THREE = answer(idea("One"), idea("Two"), idea("Three"))


def test_a_whole_answer() -> None:
    found = proposals_of(THREE, WANTED)
    assert [each.title for each in found] == ["One", "Two", "Three"]
    assert flaws_of(THREE, "stop", WANTED) == ()


def test_too_many_are_cut() -> None:
    text = answer(*(idea(f"Number {number}") for number in range(9)))
    assert len(proposals_of(text, WANTED)) == 3
    assert flaws_of(text, "stop", WANTED) == ()


def test_the_same_title_is_the_same_idea() -> None:
    text = answer(idea("The Cup"), idea("the  cup!"), idea("The cup", type="STORY"))
    assert [each.title for each in proposals_of(text, WANTED)] == ["The Cup"]
    assert flaws_of(text, "stop", WANTED) == ("too_few",)


def test_what_broke_off_gives_what_was_whole() -> None:
    text = THREE[: THREE.index("Three")]
    assert [each.title for each in proposals_of(text, WANTED)] == ["One", "Two"]
    assert flaws_of(text, "length", WANTED) == ("too_few", "truncated")


@pytest.mark.parametrize(
    "text",
    ["", "I cannot do that.", "[]", "{}", '{"ideas": 5}', '{"ideas": [', '{"ideas": [1, "x"]}',
     answer({"title": "x"}), answer(idea("!!!")), answer(idea("x", difficulty="no")),
     answer(idea("x", tags="clay")), '{"ideas": ' + "[" * 5_000],
)  # fmt: skip
def test_what_is_no_list_of_ideas(text: str) -> None:
    assert proposals_of(text, WANTED) == []
    assert flaws_of(text, "stop", WANTED) == ("wrong_structure",)


def test_what_stands_around_it_is_passed_over() -> None:
    assert len(proposals_of(f"Sure! Here it is:\n```json\n{THREE}\n```", WANTED)) == 3


def test_an_idea_is_cut_to_what_the_row_holds() -> None:
    text = answer(
        idea("long " * 80, description="x\0y\n" * 500, tags=["#Clay", "clay", "  ", "b" * 90])
    )
    (found,) = proposals_of(text, WANTED)
    assert len(found.title) <= 80
    assert found.title.endswith("…")
    assert "\0" not in found.description
    assert len(found.description) <= 280
    assert [len(tag) for tag in found.tags] == [4, 24]


def test_the_type_is_one_of_ours() -> None:
    assert proposals_of(answer(idea("x", type="REEL")), WANTED)[0].type == "POST"
    wanted = Wanted("Clay", count=1, type="STORY")
    assert proposals_of(answer(idea("x", type="POST")), wanted)[0].type == "STORY"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, len(THREE)), st.text(max_size=20))
def test_whatever_it_breaks_off_with(cut: int, tail: str) -> None:
    found = proposals_of(THREE[:cut] + tail, WANTED)
    assert len(found) <= 3
    assert len({each.title for each in found}) == len(found)


@pytest.mark.parametrize("wanted", [WANTED, Wanted("x", count=50, type="STORY")])
def test_the_schema_is_one_that_strict_providers_take(wanted: Wanted) -> None:
    schema = schema_for(wanted).schema
    Draft202012Validator.check_schema(schema)

    def objects(part: Any) -> Any:
        if isinstance(part, dict):
            if part.get("type") == "object":
                yield part
            for each in part.values():
                yield from objects(each)

    found = list(objects(schema))
    assert len(found) == 2
    for each in found:
        assert each["additionalProperties"] is False
        assert set(each["required"]) == set(each["properties"])


def test_the_room_for_the_answer_grows_and_ends() -> None:
    rooms = [max_output_tokens(count) for count in range(1, 51)]
    assert rooms == sorted(rooms)
    assert rooms[0] < 300
    assert rooms[-1] <= MAX_OUTPUT_TOKENS


def test_the_creators_words_stand_apart() -> None:
    wanted = Wanted("Clay", count=7, type="STORY", focus="mistakes", timeframe="May")
    system, user = messages_for(wanted, ["Never use: x."])
    assert "exactly 7" in system.content
    assert "Never use: x." in system.content
    assert "Clay" not in system.content
    assert 'They are for: "May".' in system.content
    assert user.content == "Clay\n\nLook at it from this side: mistakes"
    assert len(messages_for_small_model(wanted)[1].content) < 250
    again = repair_for("half", ("too_few", "truncated"), wanted)
    assert [each.role for each in again] == ["assistant", "user"]
    assert "exactly 7" in again[1].content
