"""Decides what `export_routes` wrote once more, with the rules of this release."""

import json
import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from ai.replay import replay


class Command(BaseCommand):
    """`manage.py export_routes | manage.py replay_routes -`."""

    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the rows are."""
        parser.add_argument("file", help="JSON lines; - for what comes in")

    def handle(self, *args: Any, **options: Any) -> None:
        """What would have been chosen, and what it would have cost."""
        name = options["file"]
        with nullcontext(sys.stdin) if name == "-" else Path(name).open(encoding="utf-8") as lines:
            found = replay(json.loads(line) for line in lines if line.strip())
        self.stdout.write(
            f"{found.rows} decided ({found.skipped} skipped): {found.same} the same, "
            f"{found.to_full} now full, {found.to_mini} now mini\n"
            f"cost {found.cost_usd:.6f} USD; always mini {found.always_mini_usd:.6f}, "
            f"always full {found.always_full_usd:.6f}; saved {found.saved_percent:.1f} %"
        )
