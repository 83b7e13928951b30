"""`manage.py describe_api`: keeps docs/api/openapi.json what the code says."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from huntaze.description.views import description

FOLDER = settings.BASE_DIR / "docs" / "api"
CURRENT = FOLDER / "openapi.json"


class Command(BaseCommand):
    """Writes the description, or tells whether it is true."""

    help = "Write docs/api/openapi.json; with --check, say what is not true of it."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--check`."""
        parser.add_argument("--check", action="store_true", help="write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where the file is not what the code says."""
        text = json.dumps(description(), indent=2, ensure_ascii=False) + "\n"
        if not options["check"]:
            CURRENT.write_text(text)
        elif CURRENT.read_text() != text:
            raise CommandError(f"{CURRENT.name} is not what the code says: run make fix.")
