"""What the models cost and saved, on the studio's home; how it was counted opens on wish."""

import html
import re
from decimal import Decimal

import pytest

from ai.feedback import give_feedback
from tests.factories import make_generation, make_period

QUESTION = "How this was counted"


def _page(client, address="/studio"):
    """The words of the usage region, without markup."""
    page = client.get(address).content.decode()
    region = page[page.index('id="usage"') : page.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", region)).split())


@pytest.fixture
def month(alice):
    """Four texts, one of them written twice and one given again; two verdicts."""
    make_period(
        alice,
        generations_used=4,
        spend_used_usd=Decimal("0.0241"),
        spend_full_usd=Decimal("0.1862"),
        spend_mini_usd=Decimal("0.0173"),
        cache_saved_usd=Decimal("0.0016"),
    )
    rows = [
        make_generation(alice, status="DONE", text="Clay.", is_escalated=not number)
        for number in range(3)
    ]
    make_generation(alice, status="DONE", text="Clay.", reused_from_id=rows[0].pk)
    give_feedback(by=alice, generation_id=rows[0].id, verdict="accepted")
    give_feedback(by=alice, generation_id=rows[1].id, verdict="rejected")


def test_what_choosing_and_reusing_saved_are_told_apart(signed_in, alice, month):
    page = _page(signed_in(alice))
    assert "choosing the model saved $0.16 (87%). Giving earlier answers again" in page
    assert "Saved by choosing the model $0.1621 $0.0241 spent" in page
    assert "instead of $0.1862 with the strongest model alone" in page
    assert "Saved by answering again $0.0016 1 text was asked for a second time" in page


def test_both_models_alone_and_both_rates(signed_in, alice, month):
    page = _page(signed_in(alice))
    assert "With the quick model alone $0.0173" in page
    assert "With the strongest model alone $0.1862" in page
    assert "Written twice 33.3% 1 of 3 texts" in page
    assert "Kept or called good 50.0% 1 of 2 texts" in page


def test_a_loss_is_said(signed_in, alice):
    make_period(alice, spend_used_usd=Decimal("0.0641"), spend_full_usd=Decimal("0.0602"))
    make_generation(alice, status="DONE", text="Clay.")
    page = _page(signed_in(alice))
    assert "choosing the model cost $0.0039 more." in page
    assert "Choosing the model cost more $0.0039 $0.0641 spent" in page
    assert "saved $" not in page
    assert "nothing was asked for a second time" in page


def test_a_rate_of_nothing_is_not_known(signed_in, alice):
    first = make_generation(alice, status="DONE", text="Clay.")
    first.reused_from_id = first.pk
    first.save()
    page = _page(signed_in(alice))
    assert "Written twice not known yet" in page
    assert "Kept or called good not known yet" in page


def test_before_the_first_text_there_is_nothing_to_open(signed_in, alice):
    make_generation(alice)
    page = _page(signed_in(alice))
    assert "0 of 20 texts written" in page
    assert QUESTION not in page


def test_somebody_elses_month_is_not_counted(signed_in, charlie, month):
    assert QUESTION not in _page(signed_in(charlie))


def test_the_plan_has_the_line_alone(signed_in, alice, month):
    page = _page(signed_in(alice), "/billing")
    assert "choosing the model saved $0.16 (87%)" in page
    assert QUESTION not in page


def test_it_opens_without_a_script_and_lives_in_the_region(signed_in, alice, month):
    page = signed_in(alice).get("/studio").content.decode()
    opening = page.index('data-live="usage"')
    assert opening < page.index('<details class="counted" id="counted">') < page.index("</main>")
    assert 'data-usage="4 0 20"' in page


def test_it_takes_two_queries_more(signed_in, alice, month, django_assert_max_num_queries):
    client = signed_in(alice)
    client.get("/studio")
    with django_assert_max_num_queries(8) as queries:
        client.get("/studio")
    assert sum("ai_generation" in each["sql"] for each in queries) == 2


def test_in_french(signed_in, alice, month):
    alice.language = "fr"
    alice.save()
    page = _page(signed_in(alice))
    assert "est compté" in page
    assert "Économisé en choisissant le modèle 0,1621 $" in page
    assert "Écrits deux fois 33,3 % 1 sur 3 textes" in page
    for english in (QUESTION, "Saved", "alone", "texts", "not known"):
        assert english not in page
