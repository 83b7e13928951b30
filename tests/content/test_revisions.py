"""The history of a text."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from content import services
from content.models import Content, Revision
from content.provenance import Provenance
from tests.factories import make_draft

Status = Content.Status
SOON = timedelta(days=1)


def _edit(*, expected_version: int | None = None, **facts: Any) -> Content:
    changes = {"body": "changed"}
    return services.edit_content(expected_version=expected_version, changes=changes, **facts)


def test_an_edit_of_the_text_is_a_version_and_a_revision(alice: User) -> None:
    content = make_draft(alice, title="One", body="one")
    changes = {"title": "Two", "body": "two", "status": "PUBLISHED", "user_id": uuid4()}
    services.edit_content(by=alice, content_id=content.id, expected_version=1, changes=changes)
    content.refresh_from_db()
    assert (content.title, content.version, content.status) == ("Two", 2, "DRAFT")
    revisions = list(content.revisions.values_list("number", "title", "body", "source"))
    assert revisions == [(2, "Two", "two", "HUMAN"), (1, "One", "one", "HUMAN")]


def test_an_edit_that_changes_nothing_is_none(alice: User) -> None:
    content = make_draft(alice, body="one")
    changes = {"body": "one"}
    services.edit_content(by=alice, content_id=content.id, expected_version=1, changes=changes)
    content.refresh_from_db()
    assert content.version == 1
    assert content.revisions.count() == 1


def test_metadata_alone_is_a_version_without_a_revision(alice: User) -> None:
    content = make_draft(alice)
    changes = {"metadata": {"mood": "blue"}}
    services.edit_content(by=alice, content_id=content.id, expected_version=1, changes=changes)
    content.refresh_from_db()
    assert (content.version, content.metadata) == (2, {"mood": "blue"})
    assert content.revisions.count() == 1


def test_a_revision_keeps_where_its_text_came_from(alice: User) -> None:
    origin = Provenance(uuid4(), "About clay", "openai", "gpt", Decimal("0.00012345"))
    content = make_draft(alice, body="by a model", provenance=origin)
    _edit(by=alice, content_id=content.id)
    services.revert_content(by=alice, content_id=content.id, number=1)
    content.refresh_from_db()
    assert content.ai_generated
    assert content.body == "by a model"
    third, second, first = content.revisions.all()
    assert (first.source, second.source, third.source) == ("AI", "HUMAN", "REVERT")
    assert (second.generation_id, second.prompt, second.cost_usd) == (None, "", None)
    for revision in (first, third):
        facts = (revision.generation_id, revision.prompt, revision.provider, revision.model)
        assert facts == (origin.generation_id, origin.prompt, origin.provider, origin.model)
        assert revision.cost_usd == origin.cost_usd
    assert "1" in third.note


def test_reverting_to_the_same_text_or_to_nothing(alice: User) -> None:
    content = make_draft(alice)
    assert services.revert_content(by=alice, content_id=content.id, number=1).version == 1
    with pytest.raises(Revision.DoesNotExist):
        services.revert_content(by=alice, content_id=content.id, number=9)
    assert content.revisions.count() == 1
