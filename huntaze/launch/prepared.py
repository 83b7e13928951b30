"""Remembers a database that was up to date, so that the next start need not load Django."""

import hashlib
import json

import psycopg

from huntaze.launch.paths import ROOT, VAR

MEMORY = VAR / "prepared.json"
# With its times, the record of what was applied tells one database from another.
RECORD = """
    SELECT md5(string_agg(concat_ws('/', app, name, applied), ',' ORDER BY id))
    FROM django_migrations
"""
CONNECT_SECONDS = 5


def of_code() -> str:
    """Changes with any migration, ours or a package's."""
    files = sorted([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py")])
    parts = [part for file in files for part in (str(file).encode(), file.read_bytes())]
    return hashlib.sha256(
        b"\0".join([*parts, (ROOT / "requirements.txt").read_bytes()])
    ).hexdigest()


def of_database(url: str) -> str | None:
    """Changes with any migration that is applied or taken back; None for a database without any."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            row = connection.execute(RECORD).fetchone()
    except psycopg.Error:
        return None
    return str(row[0]) if row and row[0] else None


def recall(url: str) -> bool | None:
    """Whether this database has the demo creator; None when it has to be prepared."""
    if not MEMORY.is_file():
        return None
    known = json.loads(MEMORY.read_text())
    if known["code"] != of_code() or known["database"] != of_database(url):
        return None
    return bool(known["has_demo"])


def remember(url: str, *, has_demo: bool) -> None:
    """After it was prepared."""
    known = {"code": of_code(), "database": of_database(url), "has_demo": has_demo}
    unfinished = MEMORY.with_suffix(".new")
    unfinished.write_text(json.dumps(known))
    unfinished.replace(MEMORY)
