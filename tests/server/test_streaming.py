"""Streaming through a real ASGI server."""

import json
import time

import pytest

from ai.models import Generation
from tests.fakes.model_server import Script
from tests.server.conftest import Scene

pytestmark = pytest.mark.server
SLOW = Script(pieces=("Clay ", "se souvient ", "— ", "粘土 ", "🏺"), gap_seconds=0.6)


def test_the_first_piece_arrives_before_the_model_has_finished(scene: Scene) -> None:
    scene.models.script = SLOW
    with scene.alice.generate() as reading:
        reading.until("delta")
        assert not scene.models.requests[0].is_finished
        assert reading.text == "Clay "
        arrivals = []
        while reading.next():
            arrivals.append(time.monotonic())
    # One by one as they are written, not all at the end.
    assert arrivals[-2] - arrivals[0] > 0.6
    row = scene.settled()
    assert row.text == reading.text == "".join(SLOW.pieces)
    assert [number for number, *_rest in reading.frames] == list(range(1, row.frame_count + 1))
    assert reading.frames[-1][1] == "done"


def test_a_stream_is_not_held_up_on_its_way(scene: Scene) -> None:
    scene.models.script = Script()
    with scene.alice.generate() as reading:
        reading.rest()
    assert reading.headers["content-type"].startswith("text/event-stream")
    assert reading.headers["cache-control"] == "no-cache"
    assert reading.headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in reading.headers
    assert "content-length" not in reading.headers


def test_a_client_that_leaves_stops_nothing_and_pays_once(scene: Scene) -> None:
    scene.models.script = SLOW
    with scene.alice.generate() as reading:
        reading.until("delta")
    row = scene.settled()
    assert (row.status, row.text) == ("DONE", "".join(SLOW.pieces))
    assert len(scene.models.requests) == 1
    assert not scene.models.requests[0].has_left
    period = scene.period()
    assert (period.generations_used, period.generations_reserved) == (1, 0)
    assert period.spend_used_usd == row.cost_usd
    assert row.cost_usd


def test_a_stream_goes_on_where_it_was_left(scene: Scene) -> None:
    scene.models.script = SLOW
    with scene.alice.generate() as first:
        generation_id = first.until("start")["id"]
        first.until("delta")
    path = f"/api/ai/generations/{generation_id}/stream"
    last = str(first.frames[-1][0])
    with scene.alice.stream("GET", path, **{"Last-Event-ID": last}) as second:
        second.rest()
    numbers = [number for number, *_rest in first.frames + second.frames]
    assert numbers == list(range(1, len(numbers) + 1))
    assert first.text + second.text == scene.settled().text
    assert len(scene.models.requests) == 1


def test_a_cancel_stops_the_model_within_a_second(scene: Scene) -> None:
    scene.models.script = Script(pieces=("Half ", "never"), gap_seconds=30.0)
    with scene.alice.generate() as reading:
        generation_id = reading.until("start")["id"]
        reading.until("delta")
        asked_at = time.monotonic()
        status, body = scene.alice.call("POST", f"/api/ai/generations/{generation_id}/cancel")
        scene.until(lambda: scene.models.requests[0].has_left)
        assert scene.models.requests[0].left_at - asked_at < 1.0
        assert (status, body["status"], body["text"]) == (200, "CANCELED", "Half ")
        assert reading.until("done")["status"] == "CANCELED"
    row = scene.settled()
    assert row.is_usage_estimated
    assert scene.period().generations_used == 1


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (Script(pieces=("Half",), is_cut=True, gap_seconds=0.1), "provider_unavailable"),
        (Script(pieces=("Half",), raw_tail=b"data: {broken\n\n"), "provider_error"),
    ],
)
def test_a_model_that_dies_in_the_middle_leaves_its_text(
    scene: Scene, script: Script, code: str
) -> None:
    scene.models.script = script
    with scene.alice.generate() as reading:
        assert reading.until("error")["code"] == code
    row = scene.settled()
    assert (row.status, row.text, row.error_code) == ("FAILED", "Half", code)
    assert reading.text == "Half"


def test_a_key_that_is_refused_is_told_in_plain_words(scene: Scene) -> None:
    scene.models.script = Script(status=401, error={"message": "sk-secret is wrong"})
    status, body = scene.alice.call("POST", "/api/ai/generate", {"prompt": "x"})
    assert (status, body["code"]) == (503, "provider_auth")
    assert "sk-secret" not in str(body)
    assert "sk-secret" not in scene.server.log.read_text()
    assert scene.period().generations_used == 0


def test_many_at_once_each_get_their_own(scene: Scene) -> None:
    scene.models.script = Script(pieces=("a ", "b ", "c"), gap_seconds=0.1)
    readings = []
    for number in range(8):
        opened = scene.alice.generate(f"number {number}")
        readings.append((opened, opened.__enter__()))
    for opened, reading in readings:
        reading.rest()
        opened.__exit__(None, None, None)
    assert {reading.text for _opened, reading in readings} == {"a b c"}
    assert Generation.objects.filter(status="DONE").count() == 8


def test_a_body_in_chunks_is_a_body(scene: Scene) -> None:
    whole = json.dumps({"title": "Chunked", "body": "x", "prompt": ""}).encode()
    status, body = scene.alice.send_chunks("POST", "/api/content", [whole[:9], whole[9:]])
    assert (status, body["title"]) == (201, "Chunked")
    status, body = scene.alice.send_chunks("POST", "/api/ai/generate", [whole])
    assert (status, body["details"][0]["path"]) == (400, "prompt")
    endless = [b"x" * 500_000] * 6
    status, body = scene.alice.send_chunks("POST", "/api/content", endless)
    assert (status, body["code"]) == (413, "too_large")


def test_the_errors_are_those_of_every_route(scene: Scene) -> None:
    status, body = scene.alice.call("POST", "/api/ai/generate/stream", {"prompt": ""})
    assert (status, body["code"], body["details"][0]["path"]) == (400, "validation_error", "prompt")
    status, body = scene.alice.call("GET", "/api/nothing")
    assert (status, body["code"]) == (404, "not_found")
    assert scene.models.requests == []
