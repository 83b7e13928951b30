"""Prints one API token, for scripts and load tests."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User, normalize_email
from accounts.services import open_account
from api.tokens import issue_token
from billing.entitlements import entitlements
from billing.plans import PlanName
from billing.services import grant_plan


class Command(BaseCommand):
    """`manage.py issue_token EMAIL [--create] [--plan] [--unthrottled] [--unlimited] [--staff]`."""

    help = "Prints one API token, nothing else, on stdout."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The flags of the contract."""
        parser.add_argument("email")
        parser.add_argument("--create", action="store_true", help="make the account if needed")
        parser.add_argument("--plan", choices=PlanName.values, help="grant this plan")
        parser.add_argument("--unthrottled", action="store_true", help="free of rate limits")
        parser.add_argument(
            "--unlimited", action="store_true", help="free of rates, counts and ceilings"
        )
        parser.add_argument("--staff", action="store_true", help="make the account staff")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Find or make the account, then print its token. Raises CommandError in plain words."""
        user = self._account(options["email"], create=options["create"])
        if options["staff"] and not user.is_staff:
            user.is_staff = user.is_superuser = True
            user.save(update_fields=["is_staff", "is_superuser", "updated_at"])
        plan = options["plan"]
        if plan and entitlements(user).plan.name != plan:
            grant_plan(by=None, user=user, plan=PlanName(plan), reason="manage.py issue_token")
        token = issue_token(
            user=user,
            name="manage.py issue_token",
            is_unthrottled=options["unthrottled"] or options["unlimited"],
            is_unlimited=options["unlimited"],
        )
        self.stdout.write(token)

    def _account(self, email: str, *, create: bool) -> User:
        user = User.objects.filter(email__iexact=normalize_email(email)).first()
        if user is not None and user.is_active:
            return user
        if user is not None:
            raise CommandError(f"{email} is switched off.")
        if not create:
            raise CommandError(f"Nobody signs in with {email}. Add --create to make the account.")
        try:
            return open_account(email=email)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
