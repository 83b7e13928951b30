"""Generations over a WebSocket, at a real server."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from ai.models import Conversation, Generation
from api.tokens import issue_token
from tests.fakes.model_server import Script
from tests.server.conftest import Scene, make_scene
from tests.server.listening import token_of
from tests.server.talking import talking

pytestmark = pytest.mark.server
SLOW = Script(pieces=("Clay ", "se souvient ", "— ", "粘土 ", "🏺"), gap_seconds=0.6)
BRIEF = {"prompt": "About clay"}


@pytest.mark.parametrize("by_header", [True, False])
def test_a_text_is_written_frame_by_frame(scene: Scene, by_header: bool) -> None:
    scene.models.script = SLOW
    with talking(scene.server.port, token_of(scene), by_header=by_header) as talk:
        talk.say("generate", requestId="one", **BRIEF)
        talk.until("delta")
        assert not scene.models.requests[0].is_finished
        done = talk.until("done", "one")
    row = scene.settled()
    assert done["id"] == str(row.id)
    assert talk.text("one") == row.text == "".join(SLOW.pieces)
    frames = talk.frames("one")
    assert [number for number, *_rest in frames] == list(range(1, row.frame_count + 1))
    # The same bytes as over HTTP, by either window.
    with scene.alice.stream("GET", f"/api/ai/generations/{row.id}/stream") as reading:
        reading.rest()
    assert reading.frames == frames


def test_a_socket_that_leaves_stops_nothing_and_another_goes_on(scene: Scene) -> None:
    scene.models.script = SLOW
    with talking(scene.server.port, token_of(scene)) as first:
        first.say("generate", requestId="one", **BRIEF)
        last = first.until("delta")
    with talking(scene.server.port, token_of(scene)) as second:
        second.say("resume", id=last["id"], after=last["seq"], requestId="two")
        second.until("done")
    assert first.text("one") + second.text("two") == scene.settled().text
    assert len(scene.models.requests) == 1


def test_a_cancel_is_told_to_who_follows_and_to_who_does_not(scene: Scene) -> None:
    scene.models.script = Script(pieces=("Clay ", *["x "] * 200), gap_seconds=0.1)
    with (
        talking(scene.server.port, token_of(scene)) as one,
        talking(scene.server.port, token_of(scene)) as other,
    ):
        one.say("generate", requestId="one", **BRIEF)
        generation_id = one.until("delta")["id"]
        other.say("cancel", id=generation_id, requestId="two")
        ended = other.until("done")
        assert ended["data"]["status"] == "CANCELED"
        assert one.until("done")["data"] == ended["data"]
        assert other.frames("two") == [one.frames("one")[-1]]
    assert scene.settled().text == one.text("one")
    scene.until(lambda: scene.models.requests[0].has_left)


def test_many_texts_share_a_socket(scene: Scene, bob: User) -> None:
    scene.models.script = SLOW
    theirs = make_scene(scene.server, scene.models, bob)
    names = {f"r{number}" for number in range(5)}
    with talking(scene.server.port, token_of(theirs)) as talk:
        for name in sorted(names):
            talk.say("generate", requestId=name, **BRIEF)
        ended: set[str] = set()
        while ended != names:
            ended.add(talk.until("done")["requestId"])
    for name in names:
        assert talk.text(name) == "".join(SLOW.pieces)
    assert Generation.objects.owned_by(bob).count() == 5


def test_a_strangers_generation_is_not_there(scene: Scene, charlie: User) -> None:
    scene.models.script = Script()
    with scene.alice.generate() as reading:
        generation_id = reading.until("start")["id"]
        reading.rest()
    stranger = make_scene(scene.server, scene.models, charlie)
    with talking(scene.server.port, token_of(stranger)) as talk:
        wanted: list[Any] = [generation_id, str(uuid4()), "nothing", 7, None]
        for action in ("resume", "cancel"):
            for number, named in enumerate(wanted):
                talk.say(action, id=named, requestId=f"{action}{number}")
                refused = talk.until("error", f"{action}{number}")
                assert refused["data"]["code"] == "not_found"
                assert refused["seq"] is None


def test_what_is_wrong_is_said_as_over_http(scene: Scene) -> None:
    with talking(scene.server.port, token_of(scene)) as talk:
        talk.say("generate", requestId="empty")
        refused = talk.until("error", "empty")["data"]
        _status, body = scene.alice.call("POST", "/api/ai/generate", {})
        assert refused["code"] == body["code"] == "validation_error"
        assert refused["error"] == body["error"]
        assert refused["details"] == body["details"]
        talk.say("generate", requestId="full", quality="full", **BRIEF)
        refused = talk.until("error", "full")["data"]
        _status, body = scene.alice.call("POST", "/api/ai/generate", {"quality": "full", **BRIEF})
        assert (refused["code"], refused["error"]) == (body["code"], body["error"])
        assert refused["code"] == "plan_required"
        talk.say("resume", id=str(uuid4()), after="3", requestId="after")
        assert talk.until("error", "after")["data"]["code"] == "validation_error"
        talk.say("dance", requestId="dance")
        assert talk.until("error", "dance")["data"]["code"] == "unknown_action"
    assert not scene.models.requests


def test_what_a_socket_asks_counts_as_over_http(scene: Scene) -> None:
    scene.models.script = Script()
    with talking(scene.server.port, token_of(scene)) as talk:
        for number in range(12):
            talk.say("generate", requestId=str(number), **BRIEF)
        ended = [talk.next() for _ in range(2)]
        while sum(each["event"] in {"done", "error"} for each in talk.heard) < 12:
            ended.append(talk.next())
        refused = [each for each in talk.heard if each["event"] == "error"]
    assert {each["data"]["code"] for each in refused} == {"rate_limited"}
    # A window may end in between.
    assert 0 < len(refused) <= 2
    assert all(each["data"]["retryAfterSeconds"] > 0 for each in refused)
    assert all(each["data"]["retryable"] for each in refused)
    status, _body = scene.alice.call("POST", "/api/ai/generate", BRIEF)
    assert status == 429


def test_a_token_that_may_only_read_follows_and_asks_nothing(scene: Scene) -> None:
    scene.models.script = Script()
    with scene.alice.generate() as reading:
        generation_id = reading.until("start")["id"]
        reading.rest()
    token = issue_token(user=scene.user, name="read", scope="READ")
    with talking(scene.server.port, token) as talk:
        talk.say("resume", id=generation_id, requestId="read")
        talk.until("done", "read")
        assert talk.frames("read") == reading.frames
        for action, body in {"generate": BRIEF, "cancel": {"id": generation_id}}.items():
            talk.say(action, requestId=action, **body)
            assert talk.until("error", action)["data"]["code"] == "forbidden"


def test_a_key_makes_it_once(scene: Scene) -> None:
    scene.models.script = SLOW
    with talking(scene.server.port, token_of(scene)) as talk:
        for name in ("one", "two"):
            talk.say("generate", requestId=name, idempotencyKey="k", **BRIEF)
            talk.until("start", name)
        talk.until("done", "two")
        talk.say("generate", requestId="other", idempotencyKey="k", prompt="Another")
        assert talk.until("error", "other")["data"]["code"] == "idempotency_conflict"
        talk.say("generate", requestId="bad", idempotencyKey="é", **BRIEF)
        assert talk.until("error", "bad")["data"]["code"] == "validation_error"
    assert Generation.objects.count() == 1
    assert talk.text("two") == "".join(SLOW.pieces)


def test_too_many_at_once_are_refused(scene: Scene, bob: User) -> None:
    scene.models.script = Script(pieces=("x",) * 40, gap_seconds=0.1)
    theirs = make_scene(scene.server, scene.models, bob)
    with talking(scene.server.port, token_of(theirs)) as talk:
        for number in range(22):
            talk.say("generate", requestId=str(number), **BRIEF)
        refused = [talk.until("error") for _ in range(2)]
        assert {each["data"]["code"] for each in refused} == {"overloaded"}
    assert Generation.objects.owned_by(bob).count() <= 20


def test_nobody_gets_in_without_a_credential(scene: Scene) -> None:
    with talking(scene.server.port, "wrong") as talk:
        assert talk.code() == 4401
    with talking(scene.server.port, "wrong", by_header=True) as talk:
        assert talk.code() == 4401


def test_who_does_not_read_costs_a_place_and_no_more(scene: Scene) -> None:
    """The writer goes on, and the text is there when the client reads at last."""
    words = tuple(f"word{number} " * 40 for number in range(200))
    scene.models.script = Script(pieces=words)
    with talking(scene.server.port, token_of(scene), max_queue=1) as talk:
        talk.say("generate", requestId="one", **BRIEF)
        talk.until("start")
        row = scene.settled()
        assert row.status == "DONE"
        talk.until("done")
        assert talk.text("one") == row.text == "".join(words)[: len(row.text)]


def test_a_conversation_goes_on_over_a_socket(scene: Scene, charlie: User) -> None:
    with talking(scene.server.port, token_of(scene)) as talk:
        talk.say("chat", requestId="one", message="What could I write about clay?")
        begun = talk.until("start", "one")
        talk.until("done", "one")
        conversation = begun["data"]["conversationId"]
        talk.say("chat", requestId="two", message="And of glaze?", conversationId=conversation)
        again = talk.until("start", "two")
        talk.until("done", "two")
        assert again["data"]["conversationId"] == conversation
        talk.say("chat", requestId="bad", message="", conversationId=conversation)
        assert talk.until("error", "bad")["data"]["code"] == "validation_error"
    thread = Conversation.objects.get(id=conversation)
    assert thread.messages.count() == 4
    with talking(scene.server.port, issue_token(user=charlie, name="x")) as stranger:
        stranger.say("chat", requestId="x", message="Hello", conversationId=conversation)
        assert stranger.until("error", "x")["data"]["code"] == "not_found"
