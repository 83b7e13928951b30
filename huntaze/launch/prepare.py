"""Brings the database up to date: migrations, and a demo creator in one that has no user yet."""

import json
import os
import sys
from io import StringIO

from huntaze.launch.paths import DEMO_FILE

# Any number will do, as long as every start agrees on it.
ADVISORY_LOCK = 4_825_931


def migrate() -> int:
    """Apply what is missing; returns how many."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", interactive=False, verbosity=0)
    return len(plan)


def load_demo() -> bool:
    """Once only: a database with users has had its chance, or is somebody's own."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command, get_commands

    if "demo_data" not in get_commands() or get_user_model().objects.exists():
        return False
    call_command("demo_data", stdout=StringIO())
    return True


def has_demo() -> bool:
    """Whether the sign-in that we would print exists in this database."""
    from django.contrib.auth import get_user_model

    if not DEMO_FILE.is_file():
        return False
    demo = json.loads(DEMO_FILE.read_text())
    user = get_user_model().objects.filter(email=demo["email"], is_active=True).first()
    # The file may be about another database, or the password may be another by now.
    return bool(user and user.check_password(demo["password"]))


def main() -> None:
    """Prints what was done as JSON on the last line, for the launcher."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huntaze.settings")
    import django
    from django.db import connections

    django.setup()
    # In a session of its own: several starts may share one database.
    lock = connections.create_connection("default")
    with lock.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        done = {"migrations": migrate(), "is_demo_new": load_demo(), "has_demo": has_demo()}
        cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
    lock.close()
    connections.close_all()
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main()
