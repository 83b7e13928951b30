"""News at real servers: from requests, jobs and commands, on memory and over Redis."""

import signal
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from accounts.models import User
from tests.server.conftest import Scene, make_scene, variables
from tests.server.listening import listening, manage, token_of

pytestmark = pytest.mark.server
PIECE = {"title": "Kiln", "body": "It is hot."}


def test_a_request_and_a_command_are_heard_on_memory(scene: Scene, charlie: User) -> None:
    theirs = make_scene(scene.server, scene.models, charlie)
    with (
        listening(scene.server.port, token_of(scene)) as mine,
        listening(scene.server.port, token_of(theirs)) as stranger,
    ):
        assert scene.alice.call("POST", "/api/content", PIECE)[0] == 201
        assert mine.until("content")["title"] == "Kiln"
        manage(variables(scene.models), "issue_token", scene.user.email, "--plan", "PRO")
        assert mine.until("subscription")["plan"] == "PRO"
        assert stranger.is_quiet()


@pytest.mark.parametrize(
    ("path", "origin"), [("/ws/live", "http://evil.example"), ("/ws/nothing", None)]
)
def test_a_refusal_is_a_plain_403(scene: Scene, path: str, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{scene.server.port}{path}", origin=origin)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403
    assert b"Traceback" not in scene.server.log.read_bytes()


def test_garbage_leaves_no_traceback(scene: Scene) -> None:
    for rubbish in ("{{{", b"\xff\x00", "x" * 100_000, "é" * 10):
        with connect(f"ws://127.0.0.1:{scene.server.port}/ws/live") as socket:
            socket.send(rubbish)
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(10)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code in {4401, 1009}
    assert b"Traceback" not in scene.server.log.read_bytes()


def test_a_server_that_stops_sends_its_listeners_on(own_scene: Scene) -> None:
    with listening(own_scene.server.port, token_of(own_scene)) as ear:
        began = time.monotonic()
        own_scene.server.process.send_signal(signal.SIGTERM)
        # The server may cut the connection before our frame is out.
        assert ear.code() in {1001, 1006}
    own_scene.server.stop()
    assert time.monotonic() - began < 8
