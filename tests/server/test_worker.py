"""The worker inside a server whose database connections are all cut."""

import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.fakes.model_server import ModelServer
from tests.live import running_server
from tests.server.conftest import variables
from tests.server.jobs import give_jobs_until

pytestmark = pytest.mark.server
PATIENCE_SECONDS = 40
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL(%s)"
LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s) AND query ILIKE 'listen%%'"
AGAIN = "it starts again"
# Other servers of this run have a worker on this database; what this one did stands in its log.
DONE = "ended with status: Success"


def _rows(query: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]


def _wait(condition: Any, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.1)


def test_it_works_again_when_the_database_is_back(
    transactional_db: None, models: ModelServer, tmp_path: Path
) -> None:
    others = _rows(SESSIONS, [0])
    with running_server(tmp_path, **variables(models), LOG_LEVEL="INFO") as server:
        _wait(lambda: _rows(LISTENING, _rows(SESSIONS, others)) != [0], server.log)
        for pid in _rows(SESSIONS, others):
            _rows("SELECT pg_terminate_backend(%s)", pid)
        _wait(lambda: AGAIN in server.log.read_text(), server.log)
        give_jobs_until(
            lambda: DONE in server.log.read_text().partition(AGAIN)[2],
            PATIENCE_SECONDS,
            lambda: server.log.read_text()[-3000:],
        )
