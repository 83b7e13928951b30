"""What reaches Sentry of an error in a view, in a generation and in a job, and what does not."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from tests.fakes.model_server import ModelServer, Script
from tests.fakes.sentry import Sink, running_sink
from tests.live import running_server
from tests.server.conftest import Scene, make_scene, variables
from tests.server.jobs import give_jobs_until

pytestmark = pytest.mark.server
SECRETS = {
    "X-Session-Token": "session-token-secret",
    "Cookie": "sessionid=cookie-secret; csrftoken=csrf-secret",
    "X-CSRFToken": "csrf-secret",
    "Idempotency-Key": "key-secret",
}
PROMPT = "prompt-secret: my mother's recipe"


@contextlib.contextmanager
def _missing_table(name: str) -> Iterator[None]:
    """As a migration that went wrong: a defect that no code foresees."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO {name}_gone")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE {name}_gone RENAME TO {name}")


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as running:
        yield running


@pytest.fixture
def reported(
    transactional_db: None, models: ModelServer, alice: User, sink: Sink, tmp_path: Path
) -> Iterator[Scene]:
    """Alice at a server that reports."""
    with running_server(tmp_path, **variables(models), SENTRY_DSN=sink.dsn) as server:
        yield make_scene(server, models, alice)


def _fail(scene: Scene, method: str, path: str, body: Any = None) -> str:
    """The id of a request that ends in a 500."""
    connection = scene.alice._send(method, path, body, **SECRETS)
    with contextlib.closing(connection):
        response = connection.getresponse()
        answer = json.loads(response.read())
    assert (response.status, answer["code"]) == (500, "server_error")
    assert answer["requestId"] == response.headers["X-Request-ID"]
    return str(answer["requestId"])


def _wait_for(condition: Callable[[], Any], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_id_is_on_every_event_and_nothing_private(reported: Scene, sink: Sink) -> None:
    scene = reported
    scene.models.script = Script(pieces=("Clay ", "remembers."), gap_seconds=4.0)
    with scene.alice.generate(PROMPT) as reading:
        reading.until("delta")
        written = reading.headers["x-request-id"]
        with _missing_table("ai_generation"):
            failed = [
                _fail(scene, "GET", "/api/ai/generations?status=DONE&page=1"),
                _fail(scene, "POST", "/api/ai/generate", {"prompt": PROMPT}),
            ]
            # Every two seconds the text so far is saved.
            _wait_for(lambda: all(sink.of(each) for each in (*failed, written)), 10)
        reading.rest()
    assert scene.settled().status == "DONE"
    assert {event["logger"] for event in sink.of(written)} == {"huntaze.ai"}
    told = json.dumps(sink.events)
    token = scene.alice.headers["Authorization"].removeprefix("Bearer ")
    for secret in ("-secret", "recipe", token, "page=1", "@example.com"):
        assert secret not in told, _around(told, secret)


def test_a_job_has_an_id_of_its_own(reported: Scene, sink: Sink) -> None:
    def ids() -> set[str]:
        jobs = [event for event in sink.events if event["logger"] == "procrastinate.worker"]
        return {event["tags"]["request_id"] for event in jobs}

    with _missing_table("ai_generation"):
        give_jobs_until(ids, 40, lambda: reported.server.log.read_text()[-3000:])
    assert all(len(each) == 32 for each in ids())


def _around(told: str, secret: str) -> str:
    position = told.index(secret)
    return told[max(0, position - 300) : position + 60]
