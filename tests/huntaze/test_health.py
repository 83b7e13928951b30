"""`/healthz` and `/readyz`."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huntaze import health


def test_alive_touches_nothing(client: Client) -> None:
    # Without the `db` fixture, a query would fail.
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_says_what_it_looked_at(client: Client, db: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": {"database": "ok", "cache": "ok", "storage": "ok", "queue": "ok"},
    }


@pytest.mark.parametrize("name", ["database", "cache", "storage", "queue"])
def test_not_ready_names_the_part_and_not_the_reason(
    client: Client, db: None, monkeypatch: Any, name: str
) -> None:
    def fail() -> None:
        raise OSError("password=hunter2 at 10.0.0.1")

    monkeypatch.setitem(health.CHECKS, name, fail)
    response = client.get("/readyz")
    assert response.status_code == 503
    body = response.json()
    assert body["status"] == "unavailable"
    failed = {each for each, outcome in body["checks"].items() if outcome != "ok"}
    # The queue lies in the database.
    assert failed == ({name, "queue"} if name == "database" else {name})
    assert b"hunter2" not in response.content


def test_a_queue_whose_table_is_gone_is_not_ready(client: Client, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE procrastinate_jobs RENAME TO elsewhere")
    # The failed query spoils the test's own transaction for what comes behind it: queue is last.
    assert client.get("/readyz").json()["checks"]["queue"] == "failed"


def test_ready_asks_the_database(client: Client, db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        health._run_checks()
    assert len(queries) == 2
