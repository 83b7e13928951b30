"""Ideas without a script: the request is posted, the list comes back, one is kept."""

import pytest

from ai.models import Generation, Idea
from ai.providers.base import Finished
from content.models import Content
from tests.ai.talk.test_ideas import make_ideas
from tests.ai.talk.test_reading import answer, idea

WANTED = {"topic": "Clay", "count": "2", "type": "", "focus": "", "timeframe": ""}
slow_database = pytest.mark.django_db(transaction=True)


@slow_database
def test_ideas_are_found_and_one_is_kept(signed_in, alice, scripted):
    scripted.say(answer(idea("The <b>cup</b>"), idea("The bowl")), Finished("stop", None))
    client = signed_in(alice)
    response = client.post("/studio/ideas", WANTED, follow=True)
    page = response.content.decode()
    generation = Generation.objects.get()
    assert response.redirect_chain == [(f"/studio/ideas#list-{generation.id}", 302)]
    assert "The &lt;b&gt;cup&lt;/b&gt;" in page
    assert "2 ideas" in page
    assert "/studio/create?prompt=The+bowl%0A%0AWhat+happens.&amp;type=POST" in page
    bowl = Idea.objects.get(position=2)
    kept = client.post(f"/studio/ideas/{bowl.id}/keep", follow=True).content.decode()
    assert "Kept as a draft: The bowl" in kept
    assert f"/studio/content/{Content.objects.get().id}" in kept


@slow_database
def test_no_usable_list_is_said_in_place(signed_in, alice, scripted):
    scripted.say("Sorry.", Finished("stop", None))
    response = signed_in(alice).post("/studio/ideas", WANTED)
    assert response.status_code == 502
    assert "could not be used" in response.content.decode()
    assert "Clay</textarea>" in response.content.decode()


@slow_database
def test_what_is_refused_stays_in_the_form(signed_in, alice, settings):
    settings.AI_PROVIDERS = {}
    response = signed_in(alice).post("/studio/ideas", WANTED)
    assert response.status_code == 422
    assert "No model can be asked on this server right now." in response.content.decode()
    assert "Clay</textarea>" in response.content.decode()


@pytest.mark.parametrize("broken", [{"topic": ""}, {"count": "0"}, {"count": "51"}, {"count": ""}])
def test_a_broken_request_is_refused_where_it_stands(signed_in, alice, broken):
    assert signed_in(alice).post("/studio/ideas", {**WANTED, **broken}).status_code == 422
    assert not Generation.objects.exists()


def test_the_lists_are_read_with_few_queries(signed_in, alice, django_assert_max_num_queries):
    for number in range(7):
        make_ideas(alice, *(f"Idea {number} {each}" for each in range(5)))
    client = signed_in(alice)
    client.get("/studio/ideas")
    with django_assert_max_num_queries(12):
        page = client.get("/studio/ideas").content.decode()
    assert "Idea 6 0" in page
    assert "Idea 1 0" not in page
    assert "Idea 1 0" in client.get("/studio/ideas?page=2").content.decode()


def test_an_empty_page_has_a_first_step(signed_in, alice):
    assert "topic=" in signed_in(alice).get("/studio/ideas").content.decode()


def test_somebody_elses_idea_is_not_kept(signed_in, alice, charlie):
    row = make_ideas(alice, "Mine")[0]
    client = signed_in(charlie)
    assert client.post(f"/studio/ideas/{row.id}/keep").status_code == 404
    assert "Mine" not in client.get("/studio/ideas").content.decode()
