"""Stored conversations: listed, searched, read, renamed, deleted, downloaded."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from accounts.models import User
from ai import engine
from ai.chat.asking import say
from ai.chat.services import PAGE_SIZE, delete_conversation
from ai.database import in_database
from ai.engine import cancel_local, start
from ai.ledger import settle_abandoned
from ai.models import ChatMessage, Conversation, Generation
from ai.providers.base import Finished
from tests.ai.conftest import Desk
from tests.envelope import assert_error
from tests.factories import make_generation

JSON = "application/json"
PATH = "/api/ai/conversations"


def make_conversation(user: User, *said: str, title: str = "About clay") -> Conversation:
    """Of a question and its answer by turns."""
    conversation = Conversation.objects.create(user=user, title=title)
    for position, text in enumerate(said, 1):
        is_question = position % 2 == 1
        facts: dict[str, Any] = {"role": "USER", "text": text}
        if not is_question:
            generation = make_generation(
                user, status="DONE", text=text, kind="CHAT", cost_usd="0.01", prompt=said[0]
            )
            facts = {"role": "ASSISTANT", "generation": generation}
        ChatMessage.objects.create(conversation=conversation, position=position, **facts)
    return conversation


def test_the_list(alice: User, api_client: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        make_conversation(alice, "Hi", "Ho", title=f"Number {number}")
    with django_assert_max_num_queries(5):
        page = api_client(alice).get(f"{PATH}?limit=10").json()
    assert page["pagination"]["total"] == 12
    assert [each["title"] for each in page["conversations"]][:2] == ["Number 11", "Number 10"]
    assert set(page["conversations"][0]) == {"id", "title", "createdAt", "updatedAt"}


def test_the_search(alice: User, api_client: Any) -> None:
    make_conversation(alice, "Where is the glaze?", "On the shelf.", title="Glaze")
    make_conversation(alice, "Tell me of kilns", "Anagama is one.", title="Fire")
    client = api_client(alice)

    def titles(words: str) -> list[str]:
        answer = client.get(PATH, {"search": words}).json()
        return [each["title"] for each in answer["conversations"]]

    assert titles("fire") == ["Fire"]
    assert titles("KILNS") == ["Fire"]
    assert titles("anagama") == ["Fire"]
    assert titles("shelf") == ["Glaze"]
    assert titles("teapot") == []


def test_what_stands_aside_is_not_found(alice: User, api_client: Any) -> None:
    make_conversation(alice, "Hi", "Anagama.")
    ChatMessage.objects.filter(role="ASSISTANT").update(is_current=False)
    answer = api_client(alice).get(PATH, {"search": "anagama"}).json()
    assert answer["conversations"] == []


def test_the_newest_messages_and_those_before(
    alice: User, api_client: Any, django_assert_max_num_queries: Any
) -> None:
    count = PAGE_SIZE + 6
    conversation = make_conversation(alice, *(f"Said {number}" for number in range(1, count + 1)))
    client, path = api_client(alice), f"{PATH}/{conversation.id}"
    with django_assert_max_num_queries(4):
        newest = client.get(path).json()
    assert [each["position"] for each in newest["messages"]] == list(range(7, count + 1))
    assert newest["hasEarlier"] is True
    assert newest["messages"][-1]["text"] == f"Said {count}"
    assert newest["messages"][-1]["model"] == "mini-1"
    earlier = client.get(f"{path}?before=7").json()
    assert [each["position"] for each in earlier["messages"]] == [1, 2, 3, 4, 5, 6]
    assert earlier["hasEarlier"] is False
    assert_error(client.get(f"{path}?before=0"), 400, "validation_error")


def test_another_name(alice: User, api_client: Any) -> None:
    conversation = make_conversation(alice, "Hi", "Ho")
    client, path = api_client(alice), f"{PATH}/{conversation.id}"
    answer = client.patch(path, {"title": " Two\nlines "}, JSON)
    assert answer.json()["title"] == "Two lines"
    # A change of nothing changes nothing.
    assert client.patch(path, {}, JSON).json()["title"] == "Two lines"
    refused: tuple[Any, ...] = ({"title": ""}, {"title": "x" * 121}, {"title": 5}, [])
    for broken in refused:
        assert_error(client.patch(path, broken, JSON), 400, "validation_error")


def test_deleted_words_are_gone_and_costs_stay(alice: User, api_client: Any) -> None:
    conversation = make_conversation(alice, "A secret", "Kept well.")
    # An answer that was written anew has words, too.
    aside = make_generation(alice, status="DONE", text="Otherwise.", kind="CHAT", cost_usd="0.02")
    ChatMessage.objects.create(
        conversation=conversation,
        position=3,
        role="ASSISTANT",
        generation=aside,
        is_current=False,
    )
    other = make_conversation(alice, "Something else", "Stays.")
    client = api_client(alice)
    assert client.delete(f"{PATH}/{conversation.id}").status_code == 204
    assert_error(client.get(f"{PATH}/{conversation.id}"), 404, "not_found")
    left = Generation.objects.order_by("cost_usd", "created_at")
    assert sorted((row.prompt, row.text, str(row.cost_usd)) for row in left) == [
        ("", "", "0.01000000"),
        ("", "", "0.02000000"),
        ("Something else", "Stays.", "0.01000000"),
    ]
    assert list(ChatMessage.objects.values_list("conversation", flat=True)) == [other.id] * 2


async def test_an_answer_in_the_making_is_stopped_and_leaves_no_word(
    alice: User, desk: Desk
) -> None:
    desk.provider.say("A secret ", 5.0, Finished("stop", None))
    job = await start(user=alice, ask=await in_database(say, by=alice, message="Tell me"))
    await desk.until(lambda: job.has_text)
    conversation = await in_database(Conversation.objects.get)
    writing = await in_database(delete_conversation, by=alice, conversation_id=conversation.id)
    assert writing == [job.id]
    await engine.cancel(job.id)
    await asyncio.wait_for(job.finished.wait(), 10)
    row = await desk.row(job)
    assert (row.status, row.prompt, row.text) == ("CANCELED", "", "")


@pytest.mark.parametrize("is_database_away", [False, True])
async def test_what_is_deleted_is_deleted_whoever_is_away(
    alice: User, desk: Desk, sign_in: Any, settings: Any, monkeypatch: Any, is_database_away: bool
) -> None:
    """The answer is written by another process, and Redis is away."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr("ai.keeper.SAVE_SECONDS", 0.05)
    desk.provider.say("A secret ", 30.0, Finished("stop", None))
    job = await start(user=alice, ask=await in_database(say, by=alice, message="Tell me"))
    await desk.until(lambda: job.has_text)
    conversation = await in_database(Conversation.objects.get)
    client = await sign_in(alice)
    monkeypatch.setattr(engine, "_jobs", {})
    if is_database_away:

        async def fail(_id: Any) -> None:
            raise OperationalError("gone behind the delete")

        monkeypatch.setattr(engine, "cancel", fail)
    response = await client.delete(f"{PATH}/{conversation.id}")
    assert response.status_code == 204
    await asyncio.wait_for(job.finished.wait(), 10)
    row = await desk.row(job)
    assert (row.status, row.prompt, row.text) == ("CANCELED", "", "")


async def test_an_answer_that_ends_meanwhile_does_not_stand_in_the_way(
    alice: User, desk: Desk, monkeypatch: Any, caplog: Any
) -> None:
    desk.provider.say("A secret.", 30.0, Finished("stop", None))
    job = await start(user=alice, ask=await in_database(say, by=alice, message="Tell me"))
    await desk.until(lambda: job.has_text)
    conversation = await in_database(Conversation.objects.get)
    loop, is_deleted, real = asyncio.get_running_loop(), asyncio.Event(), Conversation.delete

    def delete(self: Conversation) -> Any:
        found = real(self)
        loop.call_soon_threadsafe(is_deleted.set)
        # What settles comes in between.
        time.sleep(0.3)
        return found

    monkeypatch.setattr(Conversation, "delete", delete)
    facts = {"by": alice, "conversation_id": conversation.id}
    deleting = asyncio.ensure_future(in_database(delete_conversation, **facts))
    await is_deleted.wait()
    cancel_local(job.id)
    await deleting
    await asyncio.wait_for(job.finished.wait(), 10)
    row = await desk.row(job)
    assert (row.status, row.prompt, row.text) == ("CANCELED", "", "")
    assert "deadlock" not in caplog.text


def test_a_conversation_whose_process_died_goes_on(alice: User) -> None:
    conversation = make_conversation(alice, "Hi")
    generation = make_generation(alice, age=timedelta(hours=1), kind="CHAT", text="Half")
    answer = ChatMessage.objects.create(
        conversation=conversation,
        position=2,
        role="ASSISTANT",
        generation=generation,
        is_writing=True,
    )
    settle_abandoned(lease=timedelta(seconds=1))
    answer.refresh_from_db()
    assert answer.is_writing is False
    assert answer.words == "Half"


def test_downloads(alice: User, api_client: Any) -> None:
    said = ("Qu'est-ce ?", "De l'argile.")
    conversation = make_conversation(alice, *said, title="L'été à l'atelier")
    client, path = api_client(alice), f"{PATH}/{conversation.id}/export"
    found = client.get(path)
    assert found.headers["Content-Disposition"] == 'attachment; filename="lete-a-latelier.json"'
    assert tuple(each["text"] for each in found.json()["messages"]) == said
    text = client.get(path, {"format": "markdown"})
    assert text.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert text.headers["X-Content-Type-Options"] == "nosniff"
    lines = text.content.decode().splitlines()
    assert lines[0] == "# L'été à l'atelier"
    assert lines[2].startswith("## You, 20")
    assert "De l'argile." in lines
    assert_error(client.get(path, {"format": "pdf"}), 400, "validation_error")
