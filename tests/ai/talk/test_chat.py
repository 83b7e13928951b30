"""Chat over HTTP: answers, streams, what is stored, what is refused."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from accounts.models import User
from ai.chat.asking import StillWriting, ask_for_chat, say
from ai.database import in_database
from ai.engine import start
from ai.models import ChatMessage, Conversation, Feedback, Generation
from ai.providers.base import ErrorKind, Finished, ProviderError, Usage
from tests.ai.conftest import Desk, events_of
from tests.envelope import assert_error
from tests.factories import make_period

JSON = "application/json"
CHAT = "/api/ai/chat"
NO_ID = "00000000-0000-4000-8000-000000000000"
STREAM = {"Accept": "text/event-stream"}
OF_A_VERDICT = ("generation_id", "verdict", "is_implied")
END = Finished("stop", Usage(20, 0, 5))


async def rows() -> list[tuple[int, str, str, bool, bool]]:
    """Every message as it is stored."""

    def read() -> list[tuple[int, str, str, bool, bool]]:
        found = ChatMessage.objects.select_related("generation").order_by("position")
        return [(m.position, m.role, m.words, m.is_writing, m.is_current) for m in found]

    return await in_database(read)


async def test_a_message_begins_a_conversation(alice: User, sign_in: Any, desk: Desk) -> None:
    client = await sign_in(alice)
    response = await client.post(CHAT, {"message": "What is clay?\nReally."}, JSON)
    assert response.status_code == 200
    body = response.json()
    assert body["reply"] == body["text"] == "Clay remembers the hand."
    conversation = await in_database(Conversation.objects.get)
    assert conversation.title == "What is clay? Really."
    assert body["conversationId"] == str(conversation.id)
    assert await rows() == [
        (1, "USER", "What is clay?\nReally.", False, True),
        (2, "ASSISTANT", "Clay remembers the hand.", False, True),
    ]
    generation = await in_database(Generation.objects.select_related("chat_message").get)
    assert str(generation.chat_message.id) == body["messageId"]
    assert (generation.kind, generation.type, generation.prompt) == (
        "CHAT",
        "",
        "What is clay?\nReally.",
    )
    assert generation.is_counted


async def test_the_model_is_sent_what_was_said(alice: User, sign_in: Any, desk: Desk) -> None:
    client = await sign_in(alice)
    first = (await client.post(CHAT, {"message": "What is clay?"}, JSON)).json()
    body = {"conversationId": first["conversationId"], "message": "And slip?"}
    second = await client.post(CHAT, body, JSON)
    assert second.json()["conversationId"] == first["conversationId"]
    system, *said = desk.provider.requests[-1].messages
    assert system.role == "system"
    assert [(each.role, each.content) for each in said] == [
        ("user", "What is clay?"),
        ("assistant", "Clay remembers the hand."),
        ("user", "And slip?"),
    ]


async def test_a_stream_names_the_conversation_first(alice: User, sign_in: Any, desk: Desk) -> None:
    client = await sign_in(alice)
    response = await client.post(CHAT, {"message": "Hi"}, JSON, headers=STREAM)
    frames = await events_of(response)
    conversation = await in_database(Conversation.objects.get)
    answer = await in_database(ChatMessage.objects.get, role="ASSISTANT")
    start_frame = frames[0][2]
    assert start_frame["conversationId"] == str(conversation.id)
    assert start_frame["messageId"] == str(answer.id)
    assert frames[-1][1] == "done"


async def test_one_answer_at_a_time(alice: User, sign_in: Any, desk: Desk) -> None:
    desk.provider.say("Slowly ", 5.0, "said.", END)
    ask = await in_database(say, by=alice, message="First")
    job = await start(user=alice, ask=ask)
    conversation = await in_database(Conversation.objects.get)
    client = await sign_in(alice)
    body = {"conversationId": str(conversation.id), "message": "Second"}
    refused = await client.post(CHAT, body, JSON)
    assert_error(refused, 409, "conflict")
    again = await client.post(f"/api/ai/conversations/{conversation.id}/regenerate", {}, JSON)
    assert_error(again, 409, "conflict")
    assert len(await rows()) == 2
    period = (await in_database(Generation.objects.select_related("period").get)).period
    assert (period.generations_reserved, period.generations_used) == (1, 0)
    # Stopped, it may go on; what had arrived is what was said.
    await client.post(f"/api/ai/generations/{job.id}/cancel")
    desk.provider.say("Now.", END)
    assert (await client.post(CHAT, body, JSON)).status_code == 200
    said = [each.content for each in desk.provider.requests[-1].messages[1:]]
    assert said == ["First", "Slowly", "Second"]


async def test_the_database_itself_takes_one_answer_at_a_time(alice: User, desk: Desk) -> None:
    desk.provider.say("x", 5.0, END)
    await start(user=alice, ask=await in_database(say, by=alice, message="First"))

    def another() -> None:
        answer = ChatMessage.objects.select_related("generation").get(role="ASSISTANT")
        twin: Any = Generation.objects.get(chat_message=answer)
        twin.pk = uuid4()
        twin.save(force_insert=True)
        ChatMessage.objects.create(
            conversation_id=answer.conversation_id,
            position=9,
            role="ASSISTANT",
            generation=twin,
            is_writing=True,
        )

    with pytest.raises(IntegrityError, match="ai_message_one_is_written"):
        await in_database(another)


async def test_of_two_at_once_one_is_taken(alice: User, desk: Desk) -> None:
    first = await start(user=alice, ask=await in_database(say, by=alice, message="First"))
    await asyncio.wait_for(first.finished.wait(), 10)
    conversation = await in_database(Conversation.objects.get)
    asks = [
        await in_database(say, by=alice, conversation_id=conversation.id, message=str(number))
        for number in range(5)
    ]
    ended = await asyncio.gather(
        *(start(user=alice, ask=ask) for ask in asks), return_exceptions=True
    )
    refused = [each for each in ended if isinstance(each, StillWriting)]
    assert len(refused) == 4
    assert len(await rows()) == 4
    assert await in_database(Generation.objects.count) == 2


async def test_nothing_is_there_when_the_quota_refuses(
    alice: User, sign_in: Any, desk: Desk
) -> None:
    await in_database(make_period, alice, generations_used=20)
    client = await sign_in(alice)
    assert_error(await client.post(CHAT, {"message": "Hi"}, JSON), 402, "quota_exceeded")
    assert await in_database(Conversation.objects.count) == 0
    assert desk.provider.requests == []


async def test_a_message_that_no_model_can_read(
    alice: User, sign_in: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ai.chat.asking.context_window", lambda _ref: 1_300)
    monkeypatch.setattr("ai.ledger.turns.context_window", lambda _ref: 1_300)
    client = await sign_in(alice)
    response = await client.post(CHAT, {"message": "clay " * 1_500}, JSON)
    assert_error(response, 400, "prompt_too_long")
    assert await in_database(Conversation.objects.count) == 0


@pytest.mark.parametrize(
    "body",
    [{}, {"message": ""}, {"message": " \n"}, {"message": 5}, {"message": "x" * 8_001}, [],
     {"message": "x", "conversationId": "no"}, {"message": "x", "quality": "best"}],
)  # fmt: skip
async def test_what_is_no_message(alice: User, sign_in: Any, desk: Desk, body: Any) -> None:
    client = await sign_in(alice)
    assert_error(await client.post(CHAT, body, JSON), 400, "validation_error")
    assert desk.provider.requests == []


async def test_the_same_key_is_the_same_message(alice: User, sign_in: Any, desk: Desk) -> None:
    client = await sign_in(alice)
    key = {"Idempotency-Key": "one"}
    first = await client.post(CHAT, {"message": "Hi"}, JSON, headers=key)
    second = await client.post(CHAT, {"message": "Hi"}, JSON, headers=key)
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(await rows()) == 2
    # Also while the first is still being written.
    desk.provider.say("Slowly ", 0.3, "said.", END)
    body = {"message": "Go on", "conversationId": first.json()["conversationId"]}
    key = {"Idempotency-Key": "two"}
    both = await asyncio.gather(*(client.post(CHAT, body, JSON, headers=key) for _ in range(2)))
    assert [each.status_code for each in both] == [200, 200]
    assert both[0].json()["messageId"] == both[1].json()["messageId"]
    assert len(await rows()) == 4


async def test_another_answer_stands_in_the_place_of_the_last(
    alice: User, sign_in: Any, desk: Desk
) -> None:
    client = await sign_in(alice)
    first = (await client.post(CHAT, {"message": "Hi"}, JSON)).json()
    desk.provider.say("Otherwise.", END)
    path = f"/api/ai/conversations/{first['conversationId']}/regenerate"
    second = (await client.post(path, {}, JSON)).json()
    assert second["reply"] == "Otherwise."
    assert second["messageId"] != first["messageId"]
    assert [each.content for each in desk.provider.requests[-1].messages[1:]] == ["Hi"]
    assert await rows() == [
        (1, "USER", "Hi", False, True),
        (2, "ASSISTANT", "Clay remembers the hand.", False, False),
        (3, "ASSISTANT", "Otherwise.", False, True),
    ]
    said_of = await in_database(lambda: list(Feedback.objects.values_list(*OF_A_VERDICT)))
    assert said_of == [(UUID(first["id"]), Feedback.Verdict.REGENERATED, True)]
    await client.post(CHAT, {"message": "Go", "conversationId": first["conversationId"]}, JSON)
    said = [each.content for each in desk.provider.requests[-1].messages[1:]]
    assert said == ["Hi", "Otherwise.", "Go"]


async def test_an_answer_that_failed_is_tried_again(alice: User, sign_in: Any, desk: Desk) -> None:
    desk.provider.say(ProviderError(ErrorKind.INVALID))
    client = await sign_in(alice)
    assert_error(await client.post(CHAT, {"message": "Hi"}, JSON), 502, "provider_invalid")
    conversation = await in_database(Conversation.objects.get)
    desk.provider.say("There.", END)
    path = f"/api/ai/conversations/{conversation.id}/regenerate"
    assert (await client.post(path, {}, JSON)).json()["reply"] == "There."
    # Nothing was written that somebody could have disliked.
    assert not await in_database(Feedback.objects.exists)


async def test_somebody_elses_is_not_there(
    alice: User, charlie: User, sign_in: Any, desk: Desk
) -> None:
    client = await sign_in(alice)
    mine = (await client.post(CHAT, {"message": "Hi"}, JSON)).json()["conversationId"]
    stranger = await sign_in(charlie)
    path = f"/api/ai/conversations/{mine}"
    body = {"message": "Hi", "conversationId": mine}
    assert_error(await stranger.post(CHAT, body, JSON), 404, "not_found")
    assert_error(await stranger.post(f"{path}/regenerate", {}, JSON), 404, "not_found")
    assert_error(await stranger.get(path), 404, "not_found")
    assert_error(await stranger.get(f"{path}/export"), 404, "not_found")
    assert_error(await stranger.patch(path, {"title": "x"}, JSON), 404, "not_found")
    assert_error(await stranger.delete(path), 404, "not_found")
    assert (await stranger.get("/api/ai/conversations")).json()["conversations"] == []
    assert len(await rows()) == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", CHAT),
        ("get", "/api/ai/conversations"),
        ("get", f"/api/ai/conversations/{NO_ID}"),
        ("patch", f"/api/ai/conversations/{NO_ID}"),
        ("delete", f"/api/ai/conversations/{NO_ID}"),
        ("get", f"/api/ai/conversations/{NO_ID}/export"),
        ("post", f"/api/ai/conversations/{NO_ID}/regenerate"),
        ("post", "/api/ai/ideas"),
        ("get", "/api/ai/ideas"),
        ("post", f"/api/ai/ideas/{NO_ID}/keep"),
    ],
)
def test_nobody_is_let_in(db: None, api_client: Any, method: str, path: str) -> None:
    assert_error(getattr(api_client(), method)(path), 401, "unauthorized")


async def test_the_socket_asks_as_the_route_does(alice: User, desk: Desk) -> None:
    ask = await in_database(ask_for_chat, alice, {"message": "Hi"})
    job = await start(user=alice, ask=ask)
    await asyncio.wait_for(job.finished.wait(), 10)
    assert len(await rows()) == 2
