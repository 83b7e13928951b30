"""Sync views in a few threads, async ones beside: nothing leaks, nothing is kept."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from api.tokens import issue_token
from tests.cast import open_cast_account
from tests.factories import make_draft
from tests.fakes.model_server import ModelServer, Script
from tests.live import LiveServer, running_server
from tests.server.conftest import Scene, make_scene, variables

pytestmark = pytest.mark.server
NOBODYS = "00000000-0000-0000-0000-000000000007"


@pytest.fixture(scope="module")
def small(
    django_db_setup: None,
    django_db_blocker: Any,
    models: ModelServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """A server with two connections to its database."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
    facts = {**variables(models), "DATABASE_POOL_SIZE": "2"}
    with running_server(tmp_path_factory.mktemp("small"), **facts) as server:
        yield server


@pytest.fixture
def scene(
    transactional_db: None, small: LiveServer, models: ModelServer, alice: User
) -> Iterator[Scene]:
    """Alice, whom no rate limits, at the small server."""
    made = make_scene(small, models, alice)
    token = issue_token(user=alice, name="free", is_unthrottled=True)
    made.alice.headers["Authorization"] = f"Bearer {token}"
    yield made
    made.until(lambda: made.server.process.poll() is None)
    assert b"Traceback" not in small.log.read_bytes(), small.log.read_text()[-3000:]


def get(scene: Scene, path: str, method: str = "GET", **headers: str) -> Any:
    """(response, body) over a connection of its own."""
    line = http.client.HTTPConnection("127.0.0.1", scene.server.port, timeout=20)
    with closing(line):
        line.request(method, path, headers=headers)
        response = line.getresponse()
        return response, response.read()


def test_forty_at_once_share_two_connections(scene: Scene) -> None:
    content = make_draft(scene.user)
    paths = ["/api/content", f"/api/content/{content.id}", "/api/users/me", "/api/ai/usage"]
    # What is refused, redirected or streamed gives its connection back like the rest.
    paths += [f"/api/content/{NOBODYS}", "/studio", "/static/css/base.css", "/healthz", "/nothing"]
    token = scene.alice.headers["Authorization"]

    def ask(number: int) -> int:
        response, _body = get(scene, paths[number % len(paths)], Authorization=token)
        status: int = response.status
        return status

    with ThreadPoolExecutor(40) as threads:
        found = list(threads.map(ask, range(40 * 6)))
    assert set(found) <= {200, 302, 404}
    assert found.count(200) > 100


def test_streams_hold_no_connection_of_the_two(scene: Scene) -> None:
    scene.models.script = Script(pieces=("a ", "b"), gap_seconds=1.0)
    # An async view beside them, open for two seconds, eight times.
    with ThreadPoolExecutor(8) as threads:

        def write(_number: int) -> str:
            with scene.alice.generate() as reading:
                reading.rest()
                text: str = reading.text
                return text

        streams = [threads.submit(write, each) for each in range(8)]
        until, answered = time.monotonic() + 1.5, 0
        while time.monotonic() < until:
            assert scene.alice.call("GET", "/api/content")[0] == 200
            answered += 1
        assert answered > 10
        assert {each.result(20) for each in streams} == {"a b"}


@pytest.mark.parametrize(
    "path", ["/api/content", "/api/users/me", "/api/nothing", "/", "/api/schema", "/healthz"]
)
def test_head_is_get_without_its_body(scene: Scene, path: str) -> None:
    token = scene.alice.headers["Authorization"]
    whole, body = get(scene, path, Authorization=token)
    head, nothing = get(scene, path, "HEAD", Authorization=token)
    assert (head.status, nothing) == (whole.status, b"")
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]
    assert int(head.headers["Content-Length"]) == len(body)


def test_what_one_request_sets_reaches_no_other(scene: Scene) -> None:
    """Language, time zone and id, over connections and threads that are used again."""
    people = []
    for name, language, zone in [("a", "fr", "Asia/Tokyo"), ("b", "en", "UTC"), ("c", "", "UTC")]:
        user = open_cast_account(name, language=language, time_zone=zone)
        token = issue_token(user=user, name="free", is_unthrottled=True)
        people.append((f"Bearer {token}", "Il n" if language == "fr" else "There is"))

    def ask(number: int) -> tuple[set[str], set[str]]:
        line = http.client.HTTPConnection("127.0.0.1", scene.server.port, timeout=20)
        ids, wrong = set(), set()
        with closing(line):
            for turn in range(12):
                token, sentence = people[(number + turn) % 3]
                line.request("GET", f"/api/content/{NOBODYS}", headers={"Authorization": token})
                response = line.getresponse()
                said = json.loads(response.read())
                ids.add(said["requestId"])
                if not said["error"].startswith(sentence):
                    wrong.add(said["error"])
                if response.headers["X-Request-ID"] != said["requestId"]:
                    wrong.add(said["requestId"])
        return ids, wrong

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(ask, range(8)))
    assert set().union(*(wrong for _ids, wrong in found)) == set()
    assert len(set().union(*(ids for ids, _wrong in found))) == 8 * 12


def test_a_client_that_leaves_harms_nobody(scene: Scene) -> None:
    token = scene.alice.headers["Authorization"]
    head = f"POST /api/content HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
    head += "Content-Type: application/json\r\n"
    body = json.dumps({"title": "Left", "body": "x" * 50_000})
    for number in range(30):
        with socket.create_connection(("127.0.0.1", scene.server.port)) as line:
            sent = f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
            # Half of them before the whole body is there, half right behind it.
            line.sendall(sent if number % 2 else sent[:-100])
    for _ in range(10):
        assert scene.alice.call("GET", "/api/content")[0] == 200


def test_pages_files_and_the_admin(scene: Scene, sam: User) -> None:
    assert get(scene, "/")[0].status == 200
    assert get(scene, "/nothing")[0].status == 404
    assert get(scene, "/static/nothing.css")[0].status == 404
    response, body = get(scene, "/static/css/base.css")
    assert (response.status, response.headers["Content-Type"][:8]) == (200, "text/css")
    assert int(response.headers["Content-Length"]) == len(body)
    response, _body = get(scene, "/admin/")
    assert (response.status, response.headers["Location"][:12]) == (302, "/admin/login")
    response, _body = get(scene, "/api/docs")
    assert response.headers["Content-Type"].startswith("text/html")


def test_a_second_worker_does_not_start_without_redis(tmp_path: Path, models: ModelServer) -> None:
    """However many the server was told to run on its own command line."""
    with running_server(tmp_path, GRANIAN_WORKERS="2", **variables(models)) as server:
        assert server.process.wait(30) != 0
        assert b"need REDIS_URL" in server.log.read_bytes()


def test_more_than_one_process_refuses_to_share_memory(tmp_path: Path, models: ModelServer) -> None:
    with (
        pytest.raises(AssertionError, match=r"huntaze\.E001"),
        running_server(tmp_path, **{**variables(models), "WEB_CONCURRENCY": "2"}),
    ):
        pass
