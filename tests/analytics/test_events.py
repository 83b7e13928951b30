"""What happens is recorded, in the transaction of what it tells of."""

from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from ai.ledger import Outcome, settle
from analytics.models import Event
from billing.plans import PlanName
from billing.services import grant_plan
from content.services import delete_content, publish_content
from tests.cast import open_cast_account
from tests.factories import make_draft, make_generation

pytestmark = pytest.mark.django_db


def _events(user: User) -> list[str]:
    return list(
        Event.objects.filter(user=user).order_by("created_at").values_list("event_type", flat=True)
    )


def test_opening_an_account_is_recorded() -> None:
    assert _events(open_cast_account("ada")) == ["account_opened"]


def test_the_life_of_a_piece_is_recorded_for_its_owner(alice: User, charlie: User) -> None:
    content = make_draft(alice, type="STORY")
    publish_content(by=alice, content_id=content.id)
    publish_content(by=alice, content_id=content.id)
    delete_content(by=alice, content_id=content.id)
    assert _events(alice)[1:] == ["content_created", "content_published", "content_deleted"]
    assert _events(charlie) == ["account_opened"]
    data = Event.objects.get(event_type="content_published").event_data
    assert data == {"contentId": str(content.id), "type": "STORY", "aiGenerated": False}


def test_a_grant_is_recorded(alice: User) -> None:
    grant_plan(by=None, user=alice, plan=PlanName.PRO, reason="a prize")
    assert Event.objects.get(event_type="plan_changed").event_data == {"plan": "PRO"}


def test_the_end_of_a_generation_is_recorded_once(alice: User, scripted: Any) -> None:
    generation = make_generation(alice)
    for _ in range(2):
        settle(generation.id, Outcome("FAILED", error_code="interrupted"))
    event = Event.objects.get(event_type="generation_finished")
    assert event.user == alice
    assert event.event_data["generationId"] == str(generation.id)
    assert event.event_data["status"] == "FAILED"


class Undone(Exception):
    """Thrown away with its transaction."""


def test_what_did_not_happen_is_not_recorded(alice: User) -> None:

    @transaction.atomic
    def write_and_fail() -> None:
        make_draft(alice)
        raise Undone

    with pytest.raises(Undone):
        write_and_fail()
    assert _events(alice) == ["account_opened"]
