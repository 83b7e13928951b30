"""The database ends every session of a server while texts are written and settled."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from ai.models import Generation, ProviderCall
from tests.fakes.model_server import ModelServer, Script
from tests.live import LiveServer, database_url
from tests.server.conftest import Scene, make_scene

pytestmark = [pytest.mark.server, pytest.mark.redis]
STREAMS = 4
PIECES = ("Clay ", *["is "] * 6, "patient.")
TEXT = "".join(PIECES)
OURS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'first'"
CUT = f"SELECT pg_terminate_backend(pid) {OURS}"
WAITING = f"SELECT pid {OURS} AND wait_event_type = 'Lock'"


@pytest.fixture
def first(
    transactional_db: None,
    both: tuple[LiveServer, LiveServer],
    models: ModelServer,
    alice: User,
) -> Iterator[Scene]:
    """Alice at the server whose sessions are ended."""
    models.by_words.clear()
    yield make_scene(both[0], models, alice)
    call_command("rebuild_usage", "--check")


def _all(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


def test_nothing_is_lost_when_its_sessions_are_cut(first: Scene) -> None:
    first.models.script = Script(pieces=PIECES, gap_seconds=0.1)
    with ExitStack() as opened, psycopg.connect(database_url()) as lock:
        readings = [
            opened.enter_context(first.alice.generate(f"About clay {number}"))
            for number in range(STREAMS)
        ]
        for reading in readings:
            reading.until("delta")
        # While texts are written, and then twice in the middle of the transactions that end them.
        _all(CUT)
        lock.execute("SELECT * FROM ai_usageperiod FOR UPDATE")
        for _ in range(2):
            first.until(lambda: len(_all(WAITING)) == STREAMS)
            assert len(_all(CUT)) >= STREAMS
        lock.rollback()
        for reading in readings:
            assert reading.until("done")["status"] == "DONE"
            assert reading.text == TEXT
    rows = Generation.objects.filter(user=first.user)
    assert [(row.status, row.text) for row in rows] == [("DONE", TEXT)] * STREAMS
    assert ProviderCall.objects.filter(status="SETTLED").count() == STREAMS
    period = first.period()
    assert (period.generations_used, period.generations_reserved) == (STREAMS, 0)
    assert period.spend_used_usd == sum(row.cost_usd or 0 for row in rows)
    assert len(first.models.requests) == STREAMS
