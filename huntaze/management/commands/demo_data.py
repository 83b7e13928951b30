"""Fills a demo creator, so that a newcomer sees a studio that is lived in."""

import json
import secrets
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import open_account
from content.models import Content
from content.services import (
    archive_content,
    create_draft,
    edit_content,
    publish_content,
    schedule_content,
)
from huntaze.demo import PIECES
from huntaze.env import VAR_DIR

EMAIL = "demo@huntaze.localhost"
PATH = VAR_DIR / "demo.json"


class Command(BaseCommand):
    """`manage.py demo_data`: once; again, it only says how to sign in."""

    help = "Fills a demo creator and prints the sign-in."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Make the creator and their pieces, unless they are there."""
        user = User.objects.filter(email=EMAIL).first()
        password = _stored_password() or secrets.token_urlsafe(9)
        user = user or open_account(
            email=EMAIL, name="Demo Creator", handle="demo", is_staff=True, is_superuser=True
        )
        # The file may come from another database: what it says is made true.
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password", "updated_at"])
        _store(password)
        if not Content.objects.owned_by(user).exists():
            _fill(user)
        self.stdout.write(f"Sign in as {EMAIL} with the password {password}")


def _stored_password() -> str:
    try:
        return str(json.loads(PATH.read_text(encoding="utf-8"))["password"])
    except (FileNotFoundError, ValueError, KeyError):
        return ""


def _store(password: str) -> None:
    """For the next start of `make run`, readable by this account alone."""
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.touch(mode=0o600)
    PATH.write_text(json.dumps({"email": EMAIL, "password": password}), encoding="utf-8")


def _fill(user: User) -> None:
    for piece in PIECES:
        content = create_draft(by=user, title=piece.title, body=piece.body, type=piece.type)
        if piece.second_body:
            edit_content(
                by=user,
                content_id=content.id,
                expected_version=None,
                changes={"body": piece.second_body},
            )
        if piece.status == Content.Status.PUBLISHED:
            publish_content(by=user, content_id=content.id)
        elif piece.status == Content.Status.SCHEDULED:
            at = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
            schedule_content(by=user, content_id=content.id, at=at)
        elif piece.status == Content.Status.ARCHIVED:
            archive_content(by=user, content_id=content.id)
