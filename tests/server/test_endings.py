"""Servers that die or are told to end, while something is being written."""

import signal
from datetime import timedelta

import pytest

from ai.ledger import settle_abandoned
from tests.fakes.model_server import Script
from tests.server.conftest import Scene
from tests.server.listening import listening, token_of
from tests.server.talking import talking

pytestmark = pytest.mark.server
ENDLESS = Script(pieces=("Half ", "never"), gap_seconds=60.0)


def test_a_server_that_is_killed_leaves_what_it_had_saved(own_scene: Scene) -> None:
    scene = own_scene
    scene.models.script = ENDLESS
    with scene.alice.generate() as reading:
        reading.until("delta")
        # Saved every two seconds.
        scene.until(lambda: scene.row().text == "Half ")
        scene.server.kill()
    assert scene.row().status == "STREAMING"
    assert len(settle_abandoned(lease=timedelta(0))) == 1
    row = scene.row()
    assert (row.status, row.error_code, row.text) == ("FAILED", "interrupted", "Half ")
    period = scene.period()
    assert (period.generations_used, period.generations_reserved) == (1, 0)
    assert period.spend_used_usd == row.cost_usd
    assert row.cost_usd
    assert period.spend_reserved_usd == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_end_settles_first(own_scene: Scene, number: int) -> None:
    scene = own_scene
    scene.models.script = ENDLESS
    with scene.alice.generate() as reading:
        reading.until("delta")
        scene.server.process.send_signal(number)
        error = reading.until("error")
    assert error["code"] == "interrupted"
    assert reading.text == "Half "
    scene.server.process.wait(15)
    row = scene.row()
    assert (row.status, row.error_code, row.text) == ("FAILED", "interrupted", "Half ")
    assert scene.models.requests[0].has_left
    period = scene.period()
    assert (period.generations_used, period.generations_reserved) == (1, 0)


def test_sockets_are_told_how_their_texts_ended_and_then_closed(
    own_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = own_scene
    pieces = ("Clay ", "remembers ", "the ", "hand.")
    scripts = {"in time": Script(pieces, gap_seconds=0.4), "too late": ENDLESS}
    monkeypatch.setattr(scene.models, "by_words", scripts)
    port, token = scene.server.port, token_of(scene)
    with talking(port, token) as talk, talking(port, token) as idle, listening(port, token) as ear:
        idle.say("nonsense")
        # It has been let in.
        idle.until("error")
        for prompt in scripts:
            talk.say("generate", requestId=prompt, prompt=prompt)
        while not all(talk.text(prompt) for prompt in scripts):
            talk.next()
        scene.server.process.send_signal(signal.SIGTERM)
        assert talk.code() == idle.code() == ear.code() == 1001
    assert talk.text("in time") == "".join(pieces)
    assert talk.frames("in time")[-1][1] == "done"
    _number, event, data = talk.frames("too late")[-1]
    assert (event, data["code"], talk.text("too late")) == ("error", "interrupted", "Half ")
    scene.server.process.wait(15)


def test_a_server_without_work_ends_at_once(own_scene: Scene) -> None:
    own_scene.server.process.send_signal(signal.SIGTERM)
    own_scene.server.process.wait(10)
