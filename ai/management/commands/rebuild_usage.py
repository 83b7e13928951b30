"""Counts what the ledger's rows say, and sets the counters right where they say something else."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from ai.ledger.rebuild import drift_of
from ai.models import UsagePeriod


class Command(BaseCommand):
    """`manage.py rebuild_usage [--user EMAIL] [--check]`."""

    help = "Rebuild the counters of usage periods from the generations. Tells of every drift."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and whether to change anything."""
        parser.add_argument("--user", metavar="EMAIL", help="only this person's periods")
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail where there is a drift"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Count, tell, mend."""
        periods = UsagePeriod.objects.order_by("pk")
        if email := options["user"]:
            if not User.objects.filter(email__iexact=email).exists():
                raise CommandError(f"Nobody has the address {email}.")
            periods = periods.filter(user__email__iexact=email)
        drifts = drift_of(periods, mend=not options["check"])
        for drift in drifts:
            self.stdout.write(
                f"{drift.period.user.email} {drift.period}: {drift.counter} was {drift.counted}, "
                f"the rows say {drift.rows}"
            )
        if drifts and options["check"]:
            raise CommandError(f"{len(drifts)} counters differ from the rows.")
        word = "were set right" if drifts else "differ: no drift"
        self.stdout.write(f"{periods.count()} periods counted, {len(drifts)} counters {word}.")
