"""The desk without a script: a brief is posted, a text comes back, it is kept."""

from typing import Any

import pytest

from ai.models import Generation
from ai.providers.base import ErrorKind, ProviderError
from api import limits
from api.shared_cache import CacheAway
from content.models import Content
from tests.factories import make_generation

BRIEF = {
    "prompt": "Say that the kiln opens.",
    "type": "POST",
    "tone": "friendly",
    "length": "short",
    "language": "en",
    "platform": "",
    "quality": "auto",
}
slow_database = pytest.mark.django_db(transaction=True)


@slow_database
def test_a_posted_brief_is_answered_with_the_text(signed_in, alice, scripted):
    client = signed_in(alice)
    response = client.post("/studio/create", BRIEF, follow=True)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Clay remembers the hand." in page
    assert "Say that the kiln opens." in page
    assert "mini-1" in page
    assert "instead of" in page
    generation = Generation.objects.get()
    kept = client.post(f"/studio/create/{generation.id}/keep")
    content = Content.objects.get()
    assert kept.url == f"/studio/content/{content.id}"
    history = client.get(kept.url).content.decode()
    assert "mini-1" in history
    assert "Written by a model" in history


@slow_database
def test_what_arrived_before_a_failure_stays_and_can_be_kept(signed_in, alice, scripted):
    scripted.say("Half a ", ProviderError(ErrorKind.SERVER))
    client = signed_in(alice)
    page = client.post("/studio/create", BRIEF, follow=True).content.decode()
    assert "Half a" in page
    assert "The model failed while it wrote. Try again." in page
    assert "Say that the kiln opens." in page
    client.post(f"/studio/create/{Generation.objects.get().id}/keep")
    assert Content.objects.get().body.strip() == "Half a"


@slow_database
def test_nothing_cannot_be_kept(signed_in, alice, scripted):
    scripted.say(ProviderError(ErrorKind.INVALID))
    client = signed_in(alice)
    client.post("/studio/create", BRIEF)
    address = f"/studio/create/{Generation.objects.get().id}/keep"
    page = client.post(address, follow=True).content.decode()
    assert "There is no finished text to keep yet." in page
    assert not Content.objects.exists()


@slow_database
def test_without_a_model_the_page_says_so(signed_in, alice, settings):
    settings.AI_PROVIDERS = {}
    client = signed_in(alice)
    assert "nothing can be written yet" in client.get("/studio/create").content.decode()
    response = client.post("/studio/create", BRIEF)
    page = response.content.decode()
    assert response.status_code == 422
    assert "No model can be asked on this server right now." in page
    assert "Say that the kiln opens." in page


@pytest.mark.parametrize("broken", [{"prompt": ""}, {"tone": "loud"}, {"prompt": "x" * 8001}])
def test_a_broken_brief_is_refused_where_it_stands(signed_in, alice, broken):
    response = signed_in(alice).post("/studio/create", {**BRIEF, **broken})
    assert response.status_code == 422
    assert not Generation.objects.exists()


def test_the_strongest_model_is_offered_to_those_who_have_it(signed_in, alice, bob):
    assert 'value="full"' not in signed_in(alice).get("/studio/create").content.decode()
    assert 'value="full"' in signed_in(bob).get("/studio/create").content.decode()


def test_a_starter_fills_the_brief(signed_in, alice):
    page = signed_in(alice).get("/studio/create?prompt=Say+hello&type=STORY")
    form = page.context["form"]
    assert (form["prompt"].value(), form["type"].value()) == ("Say hello", "STORY")


@slow_database
def test_a_brief_without_a_script_counts_as_any_other(signed_in, alice, scripted, monkeypatch):
    client = signed_in(alice)
    monkeypatch.setattr(limits, "_rates_of", lambda _plan: (60, 1))
    assert client.post("/studio/create", BRIEF).status_code == 302
    refused = client.post("/studio/create", BRIEF)
    assert refused.status_code == 429
    assert "Too many requests." in refused.content.decode()
    assert BRIEF["prompt"] in refused.content.decode()
    assert client.post("/api/ai/generate", BRIEF, "application/json").status_code == 429
    assert len(scripted.requests) == Generation.objects.count() == 1


@slow_database
def test_nothing_is_written_that_nobody_can_count(signed_in, alice, scripted, monkeypatch):
    def away(*_: object) -> None:
        raise CacheAway

    monkeypatch.setattr(limits, "count", away)
    refused = signed_in(alice).post("/studio/create", BRIEF)
    assert refused.status_code == 503
    assert "Try again in a few seconds." in refused.content.decode()
    assert scripted.requests == []


def test_what_a_text_still_fails_is_said(signed_in, alice):
    facts: Any = {"status": "DONE", "text": "Clay."}
    flaws = ["over_platform_limit", "of_a_newer_release"]
    flawed = make_generation(alice, final_flaws=flaws, **facts)
    fine = make_generation(alice, **facts)
    client = signed_in(alice)
    page = client.get(f"/studio/create?generation={flawed.id}").content.decode()
    assert "too long for the platform" in page
    assert "data-flaws" not in client.get(f"/studio/create?generation={fine.id}").content.decode()
