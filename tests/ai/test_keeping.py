"""Keeping a generated text as a draft."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from ai.models import Generation
from ai.services import NothingToKeep, keep_generation
from content.models import Content
from content.services import delete_content
from tests.envelope import assert_error
from tests.factories import make_generation

JSON = "application/json"


def _done(user: User, **facts: Any) -> Generation:
    facts = {"status": "DONE", "text": "# Kiln day\n\nHot.", "cost_usd": Decimal("0.001"), **facts}
    return make_generation(user, **facts)


def test_a_text_is_kept_with_its_provenance(alice: User) -> None:
    row = _done(alice, type="STORY")
    content = keep_generation(by=alice, generation_id=row.id)
    assert (content.title, content.body, content.type) == ("Kiln day", row.text, "STORY")
    assert content.ai_generated
    revision = content.revisions.get()
    assert (revision.source, revision.generation_id, revision.cost_usd) == (
        "AI",
        row.id,
        Decimal("0.001"),
    )
    row.refresh_from_db()
    assert row.kept_content_id == content.id


def test_keeping_twice_is_the_same_draft(alice: User) -> None:
    row = _done(alice)
    first = keep_generation(by=alice, generation_id=row.id)
    assert keep_generation(by=alice, generation_id=row.id, title="Other") == first
    assert Content.objects.count() == 1


def test_keeping_again_what_was_deleted_makes_a_new_draft(alice: User) -> None:
    row = _done(alice)
    first = keep_generation(by=alice, generation_id=row.id)
    delete_content(by=alice, content_id=first.id)
    assert keep_generation(by=alice, generation_id=row.id) != first


@pytest.mark.parametrize("facts", [{"text": ""}, {"text": "  \n"}])
def test_nothing_is_not_kept(alice: User, facts: dict[str, str]) -> None:
    with pytest.raises(NothingToKeep):
        keep_generation(by=alice, generation_id=_done(alice, **facts).id)
    assert not Content.objects.exists()


def test_somebody_elses_is_not_there(alice: User, charlie: User) -> None:
    with pytest.raises(Generation.DoesNotExist):
        keep_generation(by=charlie, generation_id=_done(alice).id)


def test_keeping_over_http(alice: User, api_client: Any) -> None:
    client, path = api_client(alice), f"/api/ai/generations/{_done(alice).id}/keep"
    response = client.post(path, {"title": "Mine", "body": "Mended."}, JSON)
    assert response.status_code == 201
    assert (response.json()["title"], response.json()["body"]) == ("Mine", "Mended.")
    empty = f"/api/ai/generations/{_done(alice, text='').id}/keep"
    assert_error(client.post(empty, {}, JSON), 409, "conflict")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 501),
        ("title", 5),
        ("title", ""),
        ("body", 5),
        ("body", " \n "),
        ("body", "x" * 100_001),
    ],
)
def test_what_cannot_be_kept_is_refused(
    alice: User, api_client: Any, field: str, value: Any
) -> None:
    path = f"/api/ai/generations/{_done(alice).id}/keep"
    response = api_client(alice).post(path, {field: value}, JSON)
    assert_error(response, 400, "validation_error", field)
    assert not Content.objects.exists()


def test_a_text_that_is_still_written_is_not_kept(alice: User, api_client: Any) -> None:
    row = make_generation(alice, text="Half")
    response = api_client(alice).post(f"/api/ai/generations/{row.id}/keep", {}, JSON)
    assert_error(response, 409, "conflict")
