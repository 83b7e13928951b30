"""Refuses a second web process that would keep limits, news and streams in memory of its own.

`WEB_CONCURRENCY` is a promise, and a server can be told otherwise on its own command line. So the
first worker of a server holds an advisory lock of the database for as long as it lives, and the
next one of the same server does not start.
"""

import os
import time
from typing import Any

import psycopg
from django.db import connection

# Any number, as long as nobody else locks by it: it spells "hunt".
SPACE = 0x68756E74
# A worker that is being replaced may still be ending its streams.
PATIENCE_SECONDS = 5.0
AGAIN_SECONDS = 0.5


class NotAlone(Exception):
    """Another worker of this server is running without Redis."""


def stay_alone() -> Any:
    """The connection that holds the lock; it is let go with the process. Raises NotAlone."""
    # Beside what libpq takes, Django's parameters hold objects of psycopg.
    parameters = connection.get_connection_params()
    facts: dict[str, Any] = {
        name: each for name, each in parameters.items() if isinstance(each, str | int)
    }
    holder = psycopg.connect(autocommit=True, **facts)
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        query = "SELECT pg_try_advisory_lock(%s, %s)"
        row = holder.execute(query, [SPACE, os.getppid()]).fetchone()
        if row and row[0]:
            return holder
        if time.monotonic() > until:
            holder.close()
            raise NotAlone("Several web processes need REDIS_URL: set it, or run one.")
        time.sleep(AGAIN_SECONDS)
