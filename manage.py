#!/usr/bin/env python
"""Runs a management command, on the embedded PostgreSQL where no DATABASE_URL is set."""

import os
import sys


def main() -> None:
    """Prepare the database address, then hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huntaze.settings")
    from django.core.management import execute_from_command_line

    from huntaze.launch.postgres import ensure_database_url

    ensure_database_url()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
