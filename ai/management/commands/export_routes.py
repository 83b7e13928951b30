"""Writes the router's decisions with their outcome and feedback, one JSON object a line."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from ai.export import routes


def moment(text: str) -> datetime:
    """ISO 8601; UTC where no zone is named."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(BaseCommand):
    """`manage.py export_routes > routes.jsonl`."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From when, until when, and whether people's words go with it."""
        parser.add_argument("--since", type=moment, help="begun at or after, ISO 8601")
        parser.add_argument("--until", type=moment, help="begun before, ISO 8601")
        parser.add_argument(
            "--with-prompts", action="store_true", help="with people's briefs and texts"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """A row at a time, so that any number fits."""
        wanted = {name: options[name] for name in ("since", "until", "with_prompts")}
        for line in routes(**wanted):
            self.stdout.write(json.dumps(line, ensure_ascii=False))
