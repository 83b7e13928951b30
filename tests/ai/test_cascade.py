"""A text that becomes a draft at once is checked, and written once more where it fails."""

import asyncio
from typing import Any

import pytest

from accounts.models import User
from ai import engine
from ai.ask import Draft
from ai.ask_text import ask_for
from ai.brief import Brief
from ai.database import in_database
from ai.job import Job
from ai.models import Generation
from ai.prompts import Voice
from ai.providers.base import ErrorKind, Finished, ModelRef, ProviderError, Usage
from ai.voice import change_voice
from tests.ai.conftest import PATIENCE_SECONDS, Desk, joined

JSON = "application/json"
END = Finished("stop", Usage(20, 0, 5))
GOOD = "The kiln opens on Friday and I can hardly wait to show you what came out of it. " * 7
CALLS = ("purpose", "tier")


async def _calls(generation_id: str) -> list[tuple[str, str]]:
    row = await in_database(Generation.objects.get, id=generation_id)
    return await in_database(lambda: list(row.calls.order_by("attempt").values_list(*CALLS)))


async def _generate(sign_in: Any, user: User, **brief: Any) -> Any:
    client = await sign_in(user)
    body = {"prompt": "About clay", **brief}
    response = await client.post("/api/content/generate", body, JSON)
    assert response.status_code == 201
    return response.json()["provenance"]


async def test_a_good_draft_is_one_call(desk: Desk, bob: User, sign_in: Any) -> None:
    desk.provider.say(GOOD, END)
    made = await _generate(sign_in, bob)
    assert (made["tier"], made["isEscalated"], made["flaws"]) == ("mini", False, [])
    assert await _calls(made["id"]) == [("ANSWER", "mini")]


async def test_a_draft_that_a_filter_holds_back_is_written_by_the_strong_model(
    desk: Desk, bob: User, alice: User, sign_in: Any
) -> None:
    desk.provider.say(ProviderError(ErrorKind.CONTENT_FILTER), model="mini-1")
    desk.provider.say(GOOD, END, model="full-1")
    made = await _generate(sign_in, bob)
    assert (made["tier"], made["isEscalated"], made["text"]) == ("full", True, GOOD)
    assert await _calls(made["id"]) == [("ANSWER", "mini"), ("ESCALATION", "full")]
    # Where the plan has no other model, that is the end of it.
    client = await sign_in(alice)
    refused = await client.post("/api/content/generate", {"prompt": "About clay"}, JSON)
    assert (refused.status_code, refused.json()["code"]) == (400, "content_filter")
    # Nor where both hold it back.
    desk.provider.say(ProviderError(ErrorKind.CONTENT_FILTER), model="full-1")
    client = await sign_in(bob)
    refused = await client.post("/api/content/generate", {"prompt": "About clay"}, JSON)
    assert (refused.status_code, refused.json()["code"]) == (400, "content_filter")


async def test_a_flawed_draft_is_written_once_more_by_the_strong_model(
    desk: Desk, bob: User, sign_in: Any
) -> None:
    desk.provider.say("Too short.", END)
    made = await _generate(sign_in, bob)
    assert (made["tier"], made["isEscalated"]) == ("full", True)
    assert await _calls(made["id"]) == [("ANSWER", "mini"), ("ESCALATION", "full")]
    # The strong model is told of the first draft and of what is wrong with it.
    *_first, draft, ask = desk.provider.requests[-1].messages
    assert (draft.role, draft.content) == ("assistant", "Too short.")
    assert "far shorter" in ask.content
    row = await in_database(Generation.objects.get, id=made["id"])
    assert row.draft_flaws == ["too_short"]
    assert row.is_counted
    assert await in_database(lambda: row.period.generations_used) == 1


@pytest.mark.parametrize("quality", ["mini", "auto"])
async def test_who_has_no_strong_model_is_told_what_is_wrong(
    desk: Desk, alice: User, sign_in: Any, quality: str
) -> None:
    desk.provider.say("Too short.", END)
    made = await _generate(sign_in, alice, quality=quality)
    assert (made["tier"], made["isEscalated"], made["flaws"]) == ("mini", False, ["too_short"])
    assert len(desk.provider.requests) == 1


async def test_a_voice_is_told_and_its_words_are_checked(
    desk: Desk, alice: User, sign_in: Any
) -> None:
    await in_database(change_voice, by=alice, changes={"words_to_avoid": ["kiln"]})
    desk.provider.say(GOOD, END)
    made = await _generate(sign_in, alice)
    assert made["flaws"] == ["forbidden_words"]
    assert '"kiln"' in desk.provider.requests[0].messages[0].content


async def test_the_same_again_costs_nothing_where_it_is_asked_for(
    desk: Desk, alice: User, sign_in: Any
) -> None:
    client = await sign_in(alice)

    async def ask(**more: Any) -> Any:
        response = await client.post("/api/ai/generate", {"prompt": "About clay", **more}, JSON)
        return response.json()

    first = await ask()
    assert first["isReused"] is False
    again = await ask(reuse=True)
    assert (again["isReused"], again["text"], again["costUsd"]) == (
        True,
        first["text"],
        "0.00000000",
    )
    assert (await ask())["isReused"] is False
    await in_database(change_voice, by=alice, changes={"niche": "Pottery"})
    # Another voice is another question.
    assert (await ask(reuse=True))["isReused"] is False
    assert len(desk.provider.requests) == 3


async def test_what_was_not_checked_is_no_answer_to_who_wants_it_checked(
    desk: Desk, alice: User, sign_in: Any
) -> None:
    client, body = await sign_in(alice), {"prompt": "About clay", "reuse": True}
    await client.post("/api/ai/generate", body, JSON)
    for is_reused in (False, True):
        kept = await client.post("/api/content/generate", body, JSON)
        assert kept.json()["provenance"]["isReused"] is is_reused


async def _begin_checked(user: User) -> Job:
    return await engine.start(user=user, ask=ask_for(Brief("About clay"), is_checked=True))


async def test_the_first_draft_is_left_where_the_second_has_not_begun(
    desk: Desk, bob: User
) -> None:
    desk.provider.say("Too short.", END, model="mini-1")
    desk.provider.say(30.0, END, model="full-1")
    job = await _begin_checked(bob)
    await desk.until(lambda: len(desk.provider.requests) == 2)
    assert job.saved() == ("Too short.", 0, 1)
    engine.cancel_local(job.id, "interrupted")
    await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
    row = await desk.row(job)
    assert (row.status, row.text, row.model) == ("FAILED", "Too short.", "mini-1")
    assert joined(await desk.frames(job)) == row.text


async def test_a_refusal_is_not_left(desk: Desk, bob: User) -> None:
    desk.provider.say("I'm sorry, but I can't help with that.", END, model="mini-1")
    desk.provider.say(30.0, END, model="full-1")
    job = await _begin_checked(bob)
    await desk.until(lambda: len(desk.provider.requests) == 2)
    engine.cancel_local(job.id, "interrupted")
    await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
    row = await desk.row(job)
    assert (row.status, row.text, row.is_counted) == ("FAILED", "", False)


async def test_who_wrote_the_text_is_named_where_the_second_draft_broke_off(
    desk: Desk, bob: User
) -> None:
    desk.provider.say("Too short.", END, model="mini-1")
    desk.provider.say("Half", ProviderError(ErrorKind.NETWORK), model="full-1")
    job = await _begin_checked(bob)
    await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
    row = await desk.row(job)
    assert (row.status, row.text, row.model, row.tier) == ("DONE", "Too short.", "mini-1", "mini")
    # Both are paid; what either tier would have cost is told of the text that is there.
    costs: Any = await in_database(lambda: list(row.calls.values_list("cost_usd", flat=True)))
    assert row.cost_usd == sum(costs)
    assert row.cost_if_mini_usd == min(costs)


def test_a_stream_is_not_checked_and_a_small_model_is_told_little() -> None:
    voice = Voice(niche="Pottery", words_to_avoid=("clay",))
    streamed = ask_for(Brief("x"), voice)
    assert (streamed.check, streamed.repair) == (None, None)
    checked = ask_for(Brief("x"), voice, is_checked=True)
    assert checked.check is not None
    assert checked.check(Draft("Clay. " * 150, "length")) == ("truncated", "forbidden_words")
    small = checked.compose(ModelRef("local", "small"))
    assert "clay" not in "".join(message.content for message in small)
    assert "clay" in checked.compose(ModelRef("openai", "mini"))[0].content
