"""What somebody thinks of a text, without a script."""

from decimal import Decimal

import pytest

from ai.feedback import verdict_of
from tests.factories import make_generation


@pytest.fixture
def written(alice):
    return make_generation(alice, status="DONE", text="Clay.", cost_usd=Decimal("0.001"))


def test_two_buttons_say_it(signed_in, alice, written):
    client = signed_in(alice)
    client.post(f"/studio/create/{written.id}/feedback", {"verdict": "rejected"})
    assert verdict_of(written) == "rejected"
    page = client.get(f"/studio/create?generation={written.id}").content.decode()
    assert page.count('aria-pressed="true"') == 1
    assert page.index('value="accepted"') < page.index('value="rejected"')
    assert page.index('aria-pressed="true"') > page.index('value="rejected"')


@pytest.mark.parametrize("verdict", ["", "loved"])
def test_nothing_else_is_taken(signed_in, alice, written, verdict):
    signed_in(alice).post(f"/studio/create/{written.id}/feedback", {"verdict": verdict})
    assert verdict_of(written) == ""


def test_nobody_judges_for_another(signed_in, charlie, written):
    response = signed_in(charlie).post(
        f"/studio/create/{written.id}/feedback", {"verdict": "accepted"}
    )
    assert response.status_code == 404


def test_an_earlier_answer_says_so(signed_in, alice, written):
    again = make_generation(
        alice, status="DONE", text="Clay.", cost_usd=Decimal(0), reused_from_id=written.id
    )
    page = signed_in(alice).get(f"/studio/create?generation={again.id}").content.decode()
    assert "From an earlier answer · free" in page
