"""Empties the database behind a test that commits: only what has rows, and vendors' tables too.

Django's own flush names the tables of models alone; knox leaves one without a model behind, which
refers to our people, and PostgreSQL then refuses the lot.
"""

from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

from tests.live import is_serving

# Made by migrations, the same for every test.
KEPT = ["django_migrations", "django_content_type", "auth_permission"]
# Who works inside a server that outlives the test: without the row its next job would fail.
KEPT.append("procrastinate_workers")
# What it works on at the moment.
IN_HAND = {"procrastinate_jobs": "WHERE worker_id IS NULL OR status <> 'doing'"}
# Without its lease, the next job that looks would take a server that writes for dead.
LEASES = "ai_producer"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)"
SESSIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def empty_tables(_case: Any) -> None:
    """What TransactionTestCase does behind each test."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [KEPT])
        names = [row[0] for row in cursor.fetchall()]
        left = {**IN_HAND, LEASES: _but_of_servers(cursor)}
        tables = [f"{quote(name)} {left.get(name, '')}" for name in names]
        probes = ", ".join(f"EXISTS (SELECT FROM {table})" for table in tables)
        cursor.execute(f"SELECT {probes}")
        has_rows = cursor.fetchone() or ()
        full = [table for table, is_full in zip(tables, has_rows, strict=True) if is_full]
        # TRUNCATE takes half a second for a handful of rows; our keys are checked at the commit.
        with transaction.atomic():
            for table in full:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608  (from pg_tables, quoted)


def _but_of_servers(cursor: Any) -> str:
    cursor.execute(f"SELECT DISTINCT pid FROM {LEASES}")  # noqa: S608  (a constant)
    pids = [pid for (pid,) in cursor.fetchall() if is_serving(pid)]
    return f"WHERE pid <> ALL(ARRAY{pids}::int[])"


def end_other_sessions() -> None:
    """Threads that worked for a test keep their connections; a database in use is not dropped."""
    with connection.cursor() as cursor:
        cursor.execute(SESSIONS)


def install() -> None:
    """From the conftest."""
    TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]
