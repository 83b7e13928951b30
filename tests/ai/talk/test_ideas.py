"""Ideas over HTTP: asked for, checked, stored, kept."""

import json
from typing import Any

import pytest

from accounts.models import User
from ai.database import in_database
from ai.models import Generation, Idea
from ai.providers.base import Finished, Usage
from content.models import Content
from tests.ai.conftest import Desk, events_of
from tests.ai.talk.test_reading import answer, idea
from tests.envelope import assert_error
from tests.factories import make_generation, make_period

JSON = "application/json"
PATH = "/api/ai/ideas"
END = Finished("stop", Usage(20, 0, 5))
NO_ID = "00000000-0000-4000-8000-000000000000"


async def test_a_list_of_ideas(alice: User, sign_in: Any, desk: Desk) -> None:
    desk.provider.say(answer(idea("One"), idea("Two", type="STORY", tags=["a", "b"])), END)
    client = await sign_in(alice)
    response = await client.post(PATH, {"topic": "Clay", "count": 2}, JSON)
    assert response.status_code == 200
    body = response.json()
    assert [each["title"] for each in body["ideas"]] == ["One", "Two"]
    assert body["ideas"][1] | {"id": "", "createdAt": "", "generationId": ""} == {
        "id": "",
        "generationId": "",
        "title": "Two",
        "description": "What happens.",
        "type": "STORY",
        "tags": ["a", "b"],
        "difficulty": "easy",
        "keptContentId": None,
        "createdAt": "",
    }
    (request,) = desk.provider.requests
    assert request.schema is not None
    assert request.schema.schema["properties"]["ideas"]["minItems"] == 2
    row = await in_database(Generation.objects.get)
    assert (row.kind, row.prompt, row.is_counted) == ("IDEAS", "Clay", True)


async def test_a_list_with_too_few_is_asked_for_once_more(
    alice: User, sign_in: Any, desk: Desk
) -> None:
    desk.provider.say(answer(idea("One")), END)
    client = await sign_in(alice)
    body = {"topic": "Clay", "count": 2, "quality": "mini"}
    response = await client.post(PATH, body, JSON)
    # The second list is no better: what there is of it is taken.
    assert [each["title"] for each in response.json()["ideas"]] == ["One"]
    assert len(desk.provider.requests) == 2
    repair = desk.provider.requests[1].messages
    assert [each.role for each in repair] == ["system", "user", "assistant", "user"]
    row = await in_database(Generation.objects.select_related("period").get)
    assert row.draft_flaws == ["too_few"]
    assert row.period.generations_used == 1


async def test_the_strong_model_mends_it_where_the_plan_allows(
    bob: User, sign_in: Any, desk: Desk
) -> None:
    desk.provider.say("Sorry, no.", END, model="mini-1")
    desk.provider.say(answer(idea("One"), idea("Two")), END, model="full-1")
    client = await sign_in(bob)
    body = (await client.post(PATH, {"topic": "Clay", "count": 2}, JSON)).json()
    assert len(body["ideas"]) == 2
    assert body["model"] == "full-1"
    assert [each.model for each in desk.provider.requests] == ["mini-1", "full-1"]


async def test_no_list_at_all_is_a_failure_that_counts_as_nothing(
    alice: User, sign_in: Any, desk: Desk
) -> None:
    desk.provider.say("I cannot.", END)
    client = await sign_in(alice)
    assert_error(await client.post(PATH, {"topic": "Clay"}, JSON), 502, "unusable")
    row = await in_database(Generation.objects.select_related("period").get)
    assert (row.status, row.is_counted, row.period.generations_used) == ("FAILED", False, 0)
    assert await in_database(Idea.objects.count) == 0
    assert len(desk.provider.requests) == 2


async def test_a_stream_says_when_they_are_there(alice: User, sign_in: Any, desk: Desk) -> None:
    desk.provider.say("not ", answer(idea("One")), END)
    client = await sign_in(alice)
    response = await client.post(
        PATH, {"topic": "Clay", "count": 1}, JSON, headers={"Accept": "text/event-stream"}
    )
    frames = await events_of(response)
    assert (frames[0][1], frames[-1][1]) == ("start", "done")
    assert await in_database(Idea.objects.filter(generation=frames[0][2]["id"]).count) == 1


async def test_the_same_key_is_the_same_list(alice: User, sign_in: Any, desk: Desk) -> None:
    desk.provider.say(answer(idea("One")), END)
    client = await sign_in(alice)
    asked = {"topic": "Clay", "count": 1}
    both = [
        (await client.post(PATH, asked, JSON, headers={"Idempotency-Key": "k"})).json()
        for _ in range(2)
    ]
    assert both[0] == both[1]
    assert await in_database(Idea.objects.count) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"topic": ""}, {"topic": "x", "count": 0}, {"topic": "x", "count": 51}, [],
     {"topic": "x", "count": "many"}, {"topic": "x", "type": "REEL"}, {"topic": "x" * 2_001}],
)  # fmt: skip
async def test_what_is_no_request(alice: User, sign_in: Any, desk: Desk, body: Any) -> None:
    client = await sign_in(alice)
    assert_error(await client.post(PATH, body, JSON), 400, "validation_error")


async def test_nothing_is_asked_when_the_quota_refuses(
    alice: User, sign_in: Any, desk: Desk
) -> None:
    await in_database(make_period, alice, generations_used=20)
    client = await sign_in(alice)
    assert_error(await client.post(PATH, {"topic": "Clay"}, JSON), 402, "quota_exceeded")
    assert desk.provider.requests == []


def make_ideas(user: User, *titles: str, **facts: Any) -> list[Idea]:
    generation = make_generation(
        user, status="DONE", kind="IDEAS", prompt="Clay", text="{}", cost_usd="0.001"
    )
    return [
        Idea.objects.create(
            user=user,
            generation=generation,
            position=position,
            title=title,
            description="What happens.",
            created_at=generation.created_at,
            **{"type": "STORY", "tags": ["clay"], "difficulty": "easy", **facts},
        )
        for position, title in enumerate(titles, 1)
    ]


def test_the_list_of_those_there_are(
    alice: User, charlie: User, api_client: Any, django_assert_max_num_queries: Any
) -> None:
    first = make_ideas(alice, "One", "Two")[0]
    make_ideas(alice, "Three", type="POST")
    make_ideas(charlie, "Theirs")
    client = api_client(alice)

    def titles(**query: str) -> list[str]:
        return [each["title"] for each in client.get(PATH, query).json()["ideas"]]

    with django_assert_max_num_queries(5):
        assert titles() == ["Three", "One", "Two"]
    assert titles(generation=str(first.generation_id)) == ["One", "Two"]
    assert titles(type="POST") == ["Three"]
    client.post(f"{PATH}/{first.id}/keep", {}, JSON)
    assert titles(kept="true") == ["One"]
    assert_error(client.get(PATH, {"kept": "maybe"}), 400, "validation_error")
    assert_error(client.put(PATH), 405, "method_not_allowed")


def test_an_idea_becomes_a_draft_once(alice: User, api_client: Any) -> None:
    idea_row = make_ideas(alice, "The cup")[0]
    client, path = api_client(alice), f"{PATH}/{idea_row.id}/keep"
    kept = client.post(path, {}, JSON)
    assert kept.status_code == 201
    content = Content.objects.get()
    assert (content.title, content.body, content.type, content.metadata) == (
        "The cup",
        "What happens.",
        "STORY",
        {"tags": ["clay"]},
    )
    revision = content.revisions.get()
    assert (revision.source, revision.prompt, revision.model) == ("AI", "Clay", "mini-1")
    assert client.post(path, {}, JSON).json()["id"] == str(content.id)
    assert Content.objects.count() == 1
    listed = client.get(PATH).json()["ideas"][0]
    assert listed["keptContentId"] == str(content.id)


def test_somebody_elses_idea_is_not_there(alice: User, charlie: User, api_client: Any) -> None:
    idea_row = make_ideas(alice, "Mine")[0]
    assert_error(api_client(charlie).post(f"{PATH}/{idea_row.id}/keep", {}, JSON), 404, "not_found")
    assert_error(api_client(alice).post(f"{PATH}/{NO_ID}/keep", {}, JSON), 404, "not_found")
    assert json.loads(api_client(charlie).get(PATH).content)["ideas"] == []
