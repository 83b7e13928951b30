"""Two server processes on one database and one Redis."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from accounts.models import User
from tests.fakes.model_server import ModelServer, Script
from tests.live import LiveServer
from tests.server.client import Caller
from tests.server.conftest import Scene, make_scene
from tests.server.listening import token_of
from tests.server.talking import talking

pytestmark = [pytest.mark.server, pytest.mark.redis]
SLOW = Script(pieces=("Clay ", "remembers ", "the ", "hand."), gap_seconds=0.8)


@dataclass
class Pair:
    """The server that writes, and Alice at another."""

    writing: Scene
    other: Caller


@pytest.fixture
def pair(
    transactional_db: None,
    both: tuple[LiveServer, LiveServer],
    models: ModelServer,
    alice: User,
) -> Iterator[Pair]:
    """Nothing is written any more behind the test."""
    scene = make_scene(both[0], models, alice)
    models.by_words.clear()
    yield Pair(scene, Caller(both[1].port, token_of(scene)))
    scene.until(lambda: scene.row().is_final)


def test_a_stream_is_followed_at_the_other_server_while_it_is_written(pair: Pair) -> None:
    pair.writing.models.script = SLOW
    with pair.writing.alice.generate() as here:
        generation_id = here.until("start")["id"]
        path = f"/api/ai/generations/{generation_id}/stream"
        with pair.other.stream("GET", path) as there:
            there.until("delta")
            assert not pair.writing.models.requests[0].is_finished
            there.rest()
        here.rest()
    assert there.frames == here.frames
    assert there.text == pair.writing.settled().text == "".join(SLOW.pieces)


def test_a_stream_goes_on_at_the_other_server(pair: Pair) -> None:
    pair.writing.models.script = SLOW
    with pair.writing.alice.generate() as here:
        generation_id = here.until("start")["id"]
        here.until("delta")
    path = f"/api/ai/generations/{generation_id}/stream"
    with pair.other.stream("GET", path, **{"Last-Event-ID": str(here.frames[-1][0])}) as there:
        there.rest()
    numbers = [number for number, *_rest in here.frames + there.frames]
    assert numbers == list(range(1, len(numbers) + 1))
    assert here.text + there.text == pair.writing.settled().text
    assert len(pair.writing.models.requests) == 1


def test_a_cancel_at_the_other_server_stops_the_model(pair: Pair) -> None:
    pair.writing.models.script = Script(pieces=("Half ", "never"), gap_seconds=30.0)
    with pair.writing.alice.generate() as here:
        generation_id = here.until("start")["id"]
        here.until("delta")
        asked_at = time.monotonic()
        status, _body = pair.other.call("POST", f"/api/ai/generations/{generation_id}/cancel")
        assert status == 200
        pair.writing.until(lambda: pair.writing.models.requests[0].has_left)
        assert pair.writing.models.requests[0].left_at - asked_at < 1.0
        assert here.until("done")["status"] == "CANCELED"
    assert pair.writing.settled().status == "CANCELED"


def test_a_socket_goes_on_at_the_other_server(pair: Pair) -> None:
    pair.writing.models.script = SLOW
    token = token_of(pair.writing)
    with talking(pair.writing.server.port, token) as here:
        here.say("generate", requestId="one", prompt="About clay")
        last = here.until("delta")
    with talking(pair.other.port, token) as there:
        there.say("resume", id=last["id"], after=last["seq"], requestId="two")
        there.until("delta")
        assert not pair.writing.models.requests[0].is_finished
        there.until("done")
    assert here.text("one") + there.text("two") == pair.writing.settled().text


def test_a_cancel_at_the_other_servers_socket_is_heard_within_a_second(pair: Pair) -> None:
    pair.writing.models.script = Script(pieces=("Clay ", *["x "] * 200), gap_seconds=0.1)
    token = token_of(pair.writing)
    with talking(pair.writing.server.port, token) as here, talking(pair.other.port, token) as there:
        here.say("generate", requestId="one", prompt="About clay")
        generation_id = here.until("delta")["id"]
        began = time.monotonic()
        there.say("cancel", id=generation_id, requestId="two")
        pair.writing.until(lambda: pair.writing.models.requests[0].has_left)
        assert pair.writing.models.requests[0].left_at - began < 1
        assert there.until("done")["data"]["status"] == "CANCELED"
        assert here.until("done")["data"]["status"] == "CANCELED"
