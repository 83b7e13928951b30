"""Fifty twins at once, at one server and at two; holders that are killed."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis

from accounts.models import User
from ai.ledger import settle_abandoned
from ai.models import Generation
from api.models import IdempotencyKey
from api.tokens import issue_token
from content.models import Content, Revision
from tests.fakes.model_server import ModelServer, Script
from tests.live import LiveServer, database_url, running_server
from tests.redis_database import redis_url
from tests.server.client import Caller
from tests.server.conftest import Scene, make_scene, variables
from tests.server.storm import TWINS, ask, statuses, storm

pytestmark = pytest.mark.server
DRAFT = {"title": "Glaze notes", "body": "Celadon."}
BRIEF = {"prompt": "About clay"}
SLOW = Script(pieces=("Clay ", "remembers ", "the ", "hand."), gap_seconds=0.2)


def _patient(user: User, *servers: LiveServer) -> list[Caller]:
    """At each server somebody whom no rate limit stops."""
    token = issue_token(user=user, name="storm", is_unthrottled=True)
    return [Caller(server.port, token) for server in servers]


@pytest.fixture
def pair(
    transactional_db: None, models: ModelServer, alice: User, tmp_path: Path
) -> Iterator[tuple[Scene, list[Caller]]]:
    """Two servers on one database and one Redis."""
    facts = {**variables(models), "REDIS_URL": redis_url()}
    with running_server(tmp_path, **facts) as first, running_server(tmp_path, **facts) as second:
        yield make_scene(first, models, alice), _patient(alice, first, second)
    with Redis.from_url(redis_url()) as client:
        client.flushdb()


def _one_draft(callers: list[Caller]) -> None:
    answers = storm(callers, "/api/content", DRAFT)
    assert statuses(answers) == {201: TWINS}
    assert len({each.content for each in answers}) == 1
    assert sum(not each.is_replay for each in answers) == 1
    assert Content.objects.count() == Revision.objects.count() == 1
    assert IdempotencyKey.objects.count() == 1


def _one_generation(scene: Scene, callers: list[Caller], path: str) -> None:
    scene.models.script = SLOW
    answers = storm(callers, path, BRIEF)
    expected = 201 if path == "/api/content/generate" else 200
    assert statuses(answers) == {expected: TWINS}
    assert len({(each.content, each.frames) for each in answers}) == 1
    assert sum(not each.is_replay for each in answers) == 1
    row = scene.settled()
    assert (row.status, row.text) == ("DONE", "".join(SLOW.pieces))
    assert len(scene.models.requests) == 1
    period = scene.period()
    assert (period.generations_used, period.generations_reserved) == (1, 0)
    assert period.spend_used_usd == row.cost_usd
    assert Content.objects.count() == (path == "/api/content/generate")


GENERATING = ["/api/ai/generate", "/api/ai/generate/stream", "/api/content/generate"]


def test_fifty_twins_make_one_draft(scene: Scene) -> None:
    _one_draft(_patient(scene.user, scene.server))


@pytest.mark.parametrize("path", GENERATING)
def test_fifty_twins_are_one_generation(scene: Scene, path: str) -> None:
    _one_generation(scene, _patient(scene.user, scene.server), path)


@pytest.mark.redis
def test_fifty_twins_at_two_servers(pair: tuple[Scene, list[Caller]]) -> None:
    scene, callers = pair
    _one_draft(callers)
    IdempotencyKey.objects.all().delete()
    Content.everything.all().delete()
    for path in GENERATING:
        _one_generation(scene, callers, path)
        Content.everything.all().delete()
        Generation.objects.all().delete()
        scene.period().delete()
        scene.models.requests.clear()


def test_a_holder_that_is_killed_in_its_transaction_frees_its_key(
    own_scene: Scene, tmp_path: Path
) -> None:
    with running_server(tmp_path, **variables(own_scene.models)) as second:
        doomed, other = _patient(own_scene.user, own_scene.server, second)
        with psycopg.connect(database_url()) as lock:
            # The key is written, then the draft waits for this lock.
            lock.execute("LOCK TABLE content_content IN ACCESS EXCLUSIVE MODE")
            first = threading.Thread(target=_ask_in_vain, args=(doomed,))
            first.start()
            own_scene.until(_somebody_waits_for_the_table)
            asked_at = time.monotonic()
            twin = ask(other, "/api/content", DRAFT)
            assert (twin.status, b'"in_progress"' in twin.content) == (409, True)
            assert 4 < time.monotonic() - asked_at < 8
            own_scene.server.kill()
            first.join(10)
        answer = ask(other, "/api/content", DRAFT)
        assert (answer.status, answer.is_replay) == (201, False)
    assert Content.objects.count() == IdempotencyKey.objects.count() == 1


def _ask_in_vain(caller: Caller) -> None:
    with pytest.raises(OSError):  # noqa: PT011  (whichever way the connection ends)
        ask(caller, "/api/content", DRAFT)


def _somebody_waits_for_the_table() -> bool:
    query = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'content_content'::regclass"
    )
    with psycopg.connect(database_url()) as connection:
        row: Any = connection.execute(query).fetchone()
    return bool(row[0])


def test_a_server_that_is_killed_while_it_writes_frees_its_key(
    own_scene: Scene, tmp_path: Path
) -> None:
    own_scene.models.script = Script(pieces=("Half ", "never"), gap_seconds=60.0)
    with running_server(tmp_path, **variables(own_scene.models)) as second:
        doomed, other = _patient(own_scene.user, own_scene.server, second)
        path, headers = "/api/ai/generate/stream", {"Idempotency-Key": "one"}
        with doomed.stream("POST", path, BRIEF, **headers) as reading:
            reading.until("delta")
            own_scene.until(lambda: own_scene.row().text == "Half ")
            own_scene.server.kill()
        # The retry joins what is no longer written, and hears of it.
        with other.stream("POST", path, BRIEF, **headers) as joined:
            assert len(settle_abandoned(lease=timedelta(0))) == 1
            assert joined.until("error")["code"] == "interrupted"
        own_scene.models.script = Script()
        answers = storm([other], path, BRIEF, twins=10)
    assert statuses(answers) == {200: 10}
    assert len({each.frames for each in answers}) == 1
    assert len(own_scene.models.requests) == 2
    ended = Generation.objects.values_list("status", flat=True)
    assert sorted(ended) == ["DONE", "FAILED"]
    period = own_scene.period()
    assert (period.generations_used, period.generations_reserved) == (2, 0)
