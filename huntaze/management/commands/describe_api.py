"""`manage.py describe_api`: keeps docs/api/openapi.json what the code says, and clients whole."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from huntaze.description.changes import NotAnsweredFor, check
from huntaze.description.views import description

FOLDER = settings.BASE_DIR / "docs" / "api"
CURRENT, RELEASED = FOLDER / "openapi.json", FOLDER / "released.json"
ACCEPTED = FOLDER / "accepted-breaks.txt"
NO_BREAKS = (
    "# What breaks clients of released.json and has to: the line that make check says, then\n"
    '# " -- " and why. Tell clients of it in CHANGELOG.md.\n'
)


class Command(BaseCommand):
    """Writes the description, or tells whether it is true and breaks nobody."""

    help = "Write docs/api/openapi.json; --check says what is not true of it or breaks clients."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--check` or `--release`."""
        parser.add_argument("--check", action="store_true", help="write nothing")
        parser.add_argument(
            "--release", action="store_true", help="from now on, clients are held to this one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where the files are not what the code says, or clients break."""
        text = json.dumps(description(), indent=2, ensure_ascii=False) + "\n"
        if options["check"]:
            self._check(text)
            return
        CURRENT.write_text(text)
        if options["release"]:
            RELEASED.write_text(text)
            ACCEPTED.write_text(NO_BREAKS)

    def _check(self, text: str) -> None:
        if CURRENT.read_text() != text:
            raise CommandError(f"{CURRENT.name} is not what the code says: run make fix.")
        try:
            check(json.loads(RELEASED.read_text()), json.loads(text), ACCEPTED)
        except NotAnsweredFor as error:
            where = ACCEPTED.relative_to(settings.BASE_DIR)
            raise CommandError(f"{error}\nWhat has to break stands in {where}.") from error
