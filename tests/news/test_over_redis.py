"""News between processes: two servers, a worker, commands; Redis that goes and comes back."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from redis import Redis
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from accounts.models import User
from content.models import Content
from content.tasks import publish_due
from huntaze.env import BASE_DIR
from tests.breakable_redis import BreakableRedis
from tests.factories import make_draft
from tests.fakes.model_server import ModelServer
from tests.live import environment, running_server
from tests.redis_database import redis_url
from tests.server.conftest import make_scene, variables
from tests.server.listening import listening, manage, token_of

pytestmark = [pytest.mark.server, pytest.mark.redis]
PIECE = {"title": "Kiln", "body": "It is hot."}


@pytest.fixture
def redis_facts(models: ModelServer) -> Iterator[dict[str, str]]:
    """What processes that share a Redis are told."""
    yield {**variables(models), "REDIS_URL": redis_url()}
    with Redis.from_url(redis_url()) as client:
        client.flushdb()


def test_two_servers_a_worker_and_a_command_over_redis(
    transactional_db: None,
    models: ModelServer,
    alice: User,
    tmp_path: Path,
    redis_facts: dict[str, str],
) -> None:
    with (
        running_server(tmp_path, **redis_facts) as first,
        running_server(tmp_path, **redis_facts) as second,
        worker(tmp_path, redis_facts),
    ):
        scene = make_scene(first, models, alice)
        with listening(second.port, token_of(scene)) as ear:
            assert scene.alice.call("POST", "/api/content", PIECE)[0] == 201
            assert ear.until("content")["change"] == "created"
            due = make_draft(alice, "Due")
            past = timezone.now() - timedelta(minutes=1)
            Content.objects.filter(pk=due.pk).update(status="SCHEDULED", scheduled_at=past)
            publish_due.configure().defer(timestamp=0)
            assert ear.until("notice")["message"] == "“Due” is published, as scheduled."
            manage(redis_facts, "issue_token", alice.email, "--plan", "ENTERPRISE")
            assert ear.until("subscription")["plan"] == "ENTERPRISE"
            assert scene.alice.call("DELETE", "/api/users/me")[0] == 204
            assert ear.code() == 4401


@contextlib.contextmanager
def worker(folder: Path, facts: Mapping[str, str]) -> Iterator[None]:
    """`manage.py worker`, a process of its own."""
    with (folder / "worker.log").open("wb") as log:
        command = [sys.executable, "manage.py", "worker"]
        process = subprocess.Popen(
            command, cwd=BASE_DIR, env=environment(facts, 0), stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(15)


def test_redis_dies_under_open_sockets_and_they_catch_up(
    transactional_db: None, models: ModelServer, alice: User, charlie: User, tmp_path: Path
) -> None:
    redis = BreakableRedis(tmp_path)
    redis.start()
    facts = {**variables(models), "REDIS_URL": redis.url}
    with running_server(tmp_path, **facts) as server:
        scene, strangers = (make_scene(server, models, each) for each in (alice, charlie))
        with listening(server.port, token_of(scene)) as ear:
            redis.kill()
            began = time.monotonic()
            for _ in range(3):
                make_draft(alice)
            assert time.monotonic() - began < 2
            time.sleep(5)
            with connect(f"ws://127.0.0.1:{server.port}/ws/live") as late:
                late.send(json.dumps({"action": "authenticate", "token": token_of(strangers)}))
                with pytest.raises(ConnectionClosed) as closed:
                    late.recv(10)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1013
            redis.start()
            assert ear.until("hello")["content"]["changes"] == 3
            # And what comes next is told as ever.
            assert scene.alice.call("POST", "/api/content", PIECE)[0] == 201
            assert ear.until("content")["title"] == "Kiln"
        log = server.log.read_text()
    redis.kill()
    assert log.count("News do not come through") == 1, log
    assert "Traceback" not in log


def test_who_does_not_read_is_closed_and_the_rest_hears_all(
    transactional_db: None,
    models: ModelServer,
    alice: User,
    tmp_path: Path,
    redis_facts: dict[str, str],
) -> None:
    with running_server(tmp_path, **redis_facts) as server:
        token = token_of(make_scene(server, models, alice))
        with (
            listening(server.port, token, most_unread=None) as quick,
            listening(server.port, token) as slow,
        ):
            told = subprocess.run(
                [sys.executable, "-c", MANY.format(user=alice.pk)],
                cwd=BASE_DIR,
                env={**environment(redis_facts, 0), "PATH": os.environ["PATH"]},
                check=True,
                capture_output=True,
                text=True,
            )
            assert told.stdout.strip() == "told"
            numbers = [quick.until("content")["number"] for _ in range(2_000)]
            assert numbers == list(range(2_000))
            # A close frame may not get past what is left unread.
            assert slow.code() in {4408, 1006}
            assert len(slow.heard) < 2_000


# A process of its own: 2,000 news of 10 kB, as fast as somebody who reads can take them.
MANY = """
import django, time
django.setup()
from api.courier import courier
from api.news import tell
for number in range(2_000):
    tell("{user}", "content", {{"number": number, "filler": "x" * 10_000}})
    if number % 50 == 0:
        courier.flush()
        time.sleep(0.02)
courier.flush()
print("told")
"""
