"""Two server processes on one database and one Redis."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from accounts.models import User
from tests.fakes.model_server import ModelServer, Script
from tests.live import running_server
from tests.redis_database import redis_url
from tests.server.client import Caller
from tests.server.conftest import Scene, make_scene, variables

pytestmark = [pytest.mark.server, pytest.mark.redis]
SLOW = Script(pieces=("Clay ", "remembers ", "the ", "hand."), gap_seconds=0.3)


@dataclass
class Pair:
    """The server that writes, and Alice at another."""

    writing: Scene
    other: Caller


@pytest.fixture
def pair(
    transactional_db: None, models: ModelServer, alice: User, tmp_path: Path
) -> Iterator[Pair]:
    """Two of them; Redis is emptied behind the test."""
    facts = {**variables(models), "REDIS_URL": redis_url()}
    with running_server(tmp_path, **facts) as first, running_server(tmp_path, **facts) as second:
        scene = make_scene(first, models, alice)
        token = scene.alice.headers["Authorization"].removeprefix("Bearer ")
        yield Pair(scene, Caller(second.port, token))
        scene.until(lambda: scene.row().is_final)
    with Redis.from_url(redis_url()) as client:
        client.flushdb()


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
        assert time.monotonic() - asked_at < 1.0
        assert here.until("done")["status"] == "CANCELED"
    assert pair.writing.settled().status == "CANCELED"
