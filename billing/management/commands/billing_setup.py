"""Makes products, prices, the portal and the webhook at Stripe, and prints the variables to set."""

from typing import Any

import stripe
from django.core.management.base import BaseCommand, CommandError

from billing.setup import Line, set_up
from billing.stripe_api import NotConfigured, StripeAway


class Command(BaseCommand):
    """`manage.py billing_setup`: run again, it finds what is there."""

    # What they would ask for is what this prints.
    requires_system_checks = ()
    help = "Makes or finds what Huntaze needs at Stripe, and prints the variables to set."

    def handle(self, *args: Any, **options: Any) -> None:
        """Variables on stdout, what was done on stderr. Raises CommandError in plain words."""
        try:
            for line in set_up():
                if line.value:
                    self.stdout.write(f"{line.name}={line.value}")
                self.stderr.write(f"{line.name}: {_done(line)}")
        except NotConfigured as error:
            raise CommandError("Set STRIPE_SECRET_KEY first.") from error
        except StripeAway as error:
            raise CommandError(f"Stripe does not answer, or refuses the key: {error}") from error
        except stripe.StripeError as error:
            raise CommandError(f"Stripe refuses: {error.user_message or error.code}") from error


def _done(line: Line) -> str:
    if not line.value:
        return "is there; Stripe shows it on its page of webhooks"
    return "made" if line.is_new else "found"
