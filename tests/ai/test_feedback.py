"""What became of an answer: said, or seen from what somebody does with a draft."""

import re
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from ai.edits import share_changed
from ai.feedback import NotWrittenYet, give_feedback, verdict_of
from ai.models import Feedback, Generation
from ai.services import keep_generation
from content.models import Content
from content.services import (
    archive_content,
    delete_content,
    edit_content,
    publish_content,
    undelete_content,
)
from huntaze.description.views import description
from tests.envelope import assert_error
from tests.factories import make_draft, make_generation

JSON = "application/json"
TEXT = "Six weeks of clay and one night of fire."


@pytest.fixture
def written(alice: User) -> Generation:
    return make_generation(alice, status="DONE", text=TEXT, cost_usd=Decimal("0.001"))


def _edit(content: Content, body: str) -> None:
    edit_content(
        by=content.user, content_id=content.id, expected_version=None, changes={"body": body}
    )


def _rows(generation: Generation) -> list[tuple[str, Decimal | None, bool]]:
    rows = generation.feedback.order_by("id")
    return [(row.verdict, row.edited_share, row.is_implied) for row in rows]


def test_a_verdict_is_one_row_however_often(alice: User, written: Generation) -> None:
    for _ in range(2):
        give_feedback(by=alice, generation_id=written.id, verdict="rejected")
    give_feedback(by=alice, generation_id=written.id, verdict="accepted")
    assert _rows(written) == [("rejected", None, False), ("accepted", None, False)]
    assert verdict_of(written) == "accepted"
    give_feedback(by=alice, generation_id=written.id, verdict="rejected")
    assert verdict_of(written) == "rejected"


def test_nobody_judges_for_another(charlie: User, written: Generation) -> None:
    with pytest.raises(Generation.DoesNotExist):
        give_feedback(by=charlie, generation_id=written.id, verdict="accepted")


def test_a_text_is_judged_when_it_is_written(alice: User) -> None:
    with pytest.raises(NotWrittenYet):
        give_feedback(by=alice, generation_id=make_generation(alice).id, verdict="accepted")
    assert not Feedback.objects.exists()


def test_keeping_is_accepting(alice: User, written: Generation) -> None:
    keep_generation(by=alice, generation_id=written.id)
    assert _rows(written) == [("accepted", None, True)]


def test_keeping_what_was_mended_is_editing(alice: User, written: Generation) -> None:
    keep_generation(by=alice, generation_id=written.id, text=TEXT.replace("clay", "mud"))
    assert _rows(written) == [("edited", Decimal("0.1111"), True)]


def test_an_edit_counts_by_how_much_and_can_be_undone(alice: User, written: Generation) -> None:
    content = keep_generation(by=alice, generation_id=written.id)
    _edit(content, TEXT.replace("one night", "two long nights"))
    assert verdict_of(written) == "edited"
    assert written.feedback.get(verdict="edited").edited_share == Decimal("0.3000")
    _edit(content, f"  {TEXT}\n")
    assert verdict_of(written) == "accepted"
    _edit(content, "Everything here is new")
    publish_content(by=alice, content_id=content.id)
    assert verdict_of(written) == "edited"
    assert written.feedback.get(verdict="edited").edited_share == 1
    assert written.feedback.count() == 2


def test_throwing_a_draft_away_is_rejecting_until_it_is_brought_back(
    alice: User, written: Generation
) -> None:
    content = keep_generation(by=alice, generation_id=written.id)
    delete_content(by=alice, content_id=content.id)
    assert verdict_of(written) == "rejected"
    undelete_content(by=alice, content_id=content.id)
    assert verdict_of(written) == "accepted"


def test_what_was_published_was_not_rejected(alice: User, written: Generation) -> None:
    content = keep_generation(by=alice, generation_id=written.id)
    publish_content(by=alice, content_id=content.id)
    archive_content(by=alice, content_id=content.id)
    delete_content(by=alice, content_id=content.id)
    assert verdict_of(written) == "accepted"


def test_what_was_said_counts_before_what_was_seen(alice: User, written: Generation) -> None:
    give_feedback(by=alice, generation_id=written.id, verdict="accepted")
    give_feedback(by=alice, generation_id=written.id, verdict="regenerated")
    delete_content(by=alice, content_id=keep_generation(by=alice, generation_id=written.id).id)
    assert verdict_of(written) == "accepted"


def test_writing_anew_yields_to_what_is_done_later(alice: User, written: Generation) -> None:
    give_feedback(by=alice, generation_id=written.id, verdict="regenerated")
    assert verdict_of(written) == "regenerated"
    keep_generation(by=alice, generation_id=written.id)
    assert verdict_of(written) == "accepted"


def test_what_people_write_says_nothing_of_a_model(alice: User) -> None:
    content = make_draft(alice)
    _edit(content, "Other.")
    delete_content(by=alice, content_id=content.id)
    assert not Feedback.objects.exists()


def test_saving_the_same_again_writes_nothing(alice: User, written: Generation) -> None:
    content = keep_generation(by=alice, generation_id=written.id)
    before = written.feedback.get().updated_at
    edit_content(by=alice, content_id=content.id, expected_version=None, changes={"title": "Other"})
    assert written.feedback.get().updated_at == before


@given(st.text(), st.text())
def test_a_share_lies_between_nothing_and_all(before: str, after: str) -> None:
    share = share_changed(before, after)
    assert 0 <= share <= 1
    assert (share == 0) is (before.split() == after.split())
    assert share == share_changed(after, before)


def test_two_of_the_longest_texts_are_compared_at_once() -> None:
    before = "a b " * 25_000
    started = time.perf_counter()
    assert share_changed(before, before.replace("b", "c")) == Decimal("0.5")
    assert time.perf_counter() - started < 2.0


def test_a_word_of_thousands_still_shows() -> None:
    assert share_changed("a " * 49_000, "a " * 48_999) == Decimal("0.0001")


def test_feedback_over_http(
    alice: User, charlie: User, written: Generation, client: Any, api_client: Any
) -> None:
    path = f"/api/ai/generations/{written.id}/feedback"
    response = api_client(alice).post(path, {"verdict": "edited", "editedShare": "0.25"}, JSON)
    assert response.status_code == 200
    assert response.json()["editedShare"] == "0.2500"
    assert response.json()["isImplied"] is False
    assert _rows(written) == [("edited", Decimal("0.25"), False)]
    assert_error(client.post(path, {"verdict": "edited"}, JSON), 401, "unauthorized")
    assert_error(api_client(charlie).post(path, {"verdict": "edited"}, JSON), 404, "not_found")


@pytest.mark.parametrize(
    "text",
    [
        *("0", "1", "0.5", "0.1250", "1.0", "1.0000"),
        *("", ".", "0.", ".5", "-0.1", "-0", "-.107", "+0.5", "00.5", "2", "1.0001", "0.12345"),
        *("1e-1", " 0.5", "0.5\n", "0_1", "0,5", "\u0660.\u0665", "NaN", "Infinity"),
    ],
)
def test_a_share_is_described_as_it_is_taken(
    alice: User, written: Generation, api_client: Any, text: str
) -> None:
    path = f"/api/ai/generations/{written.id}/feedback"
    response = api_client(alice).post(path, {"verdict": "edited", "editedShare": text}, JSON)
    described = description()["components"]["schemas"]
    asked = described["FeedbackRequest"]["properties"]["editedShare"]
    is_described = re.search(asked["pattern"].replace("$", r"\Z"), text) is not None
    assert is_described == (response.status_code == 200), response.content
    if is_described:
        answered = described["Feedback"]["properties"]["editedShare"]["pattern"]
        assert re.search(answered, response.json()["editedShare"])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "verdict"),
        ({"verdict": "loved"}, "verdict"),
        ({"verdict": "edited", "editedShare": 2}, "editedShare"),
        ({"verdict": "edited", "editedShare": "-0.1"}, "editedShare"),
        ({"verdict": "edited", "editedShare": "NaN"}, "editedShare"),
        ({"verdict": "edited", "editedShare": 0.1}, "editedShare"),
    ],
)
def test_what_is_no_verdict_is_refused(
    alice: User, written: Generation, api_client: Any, body: dict[str, Any], path: str
) -> None:
    response = api_client(alice).post(f"/api/ai/generations/{written.id}/feedback", body, JSON)
    assert_error(response, 400, "validation_error", path)
    assert not Feedback.objects.exists()


def test_a_text_that_is_still_written_is_not_judged(alice: User, api_client: Any) -> None:
    path = f"/api/ai/generations/{make_generation(alice).id}/feedback"
    assert_error(api_client(alice).post(path, {"verdict": "accepted"}, JSON), 409, "conflict")
