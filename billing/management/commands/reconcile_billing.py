"""Compares Stripe with our rows, and repairs what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.reconcile import reconcile
from billing.stripe_api import is_configured


class Command(BaseCommand):
    """`manage.py reconcile_billing`: what a job does every six hours."""

    help = "Reads every customer of Stripe again and repairs what differs; shows the drift."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was found. Raises CommandError where Stripe does not answer."""
        if not is_configured():
            raise CommandError("Set STRIPE_SECRET_KEY first.")
        run = reconcile()
        for drift in run.drifts.select_related("account__user"):
            self.stdout.write(f"{drift.account}: {drift}")
        self.stdout.write(f"{run.checked} accounts checked, {run.drifted} repaired")
        if run.failure:
            raise CommandError(run.failure)
