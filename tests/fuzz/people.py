"""Whom the fuzzer is: people with belongings whose ids it is told."""

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils.crypto import get_random_string

from accounts.models import User
from accounts.services import open_account
from ai.models import Generation
from ai.services import keep_generation
from api.tokens import issue_token
from content.models import Content
from content.services import change_content
from tests.factories import make_draft, make_generation

PIECES = 40
GENERATIONS = 40
STATUS = Generation.Status
ENDINGS = (*[STATUS.DONE] * 6, STATUS.FAILED, STATUS.CANCELED)


def token_of(user: User) -> str:
    """A token that no limit stops: what refuses must be what is tested."""
    return issue_token(user=user, name="fuzz", is_unthrottled=True, is_unlimited=True)


def by_token(user: User, token: str = "") -> dict[str, str]:
    """The headers of a script."""
    return {"Authorization": f"Bearer {token or token_of(user)}"}


def by_cookie(user: User) -> dict[str, str]:
    """The headers that a browser sends from our own pages."""
    secret = get_random_string(32)
    return {"Cookie": f"sessionid={session_of(user)}; csrftoken={secret}", "X-CSRFToken": secret}


def session_of(user: User) -> str:
    """The key of a session that somebody has just begun with their password."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    way = {"method": "password", "at": time.time(), "email": user.email}
    session["account_authentication_methods"] = [way]
    session.save()
    return str(session.session_key)


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody to be closed."""

    id: str
    token: str


def pieces_of(user: User) -> list[str]:
    """Drafts and published ones, half of them with a history."""
    pieces = [make_draft(user, title=f"Glaze {number}") for number in range(PIECES)]
    for piece in pieces[::2]:
        _change(user, piece, body="Copper red.")
    for piece in pieces[::5]:
        _change(user, piece, status=Content.Status.PUBLISHED)
    return [str(each.id) for each in pieces]


def _change(user: User, piece: Content, **changes: str) -> None:
    change_content(by=user, content_id=piece.id, expected_version=None, changes=changes)


def generations_of(user: User) -> list[str]:
    """Done, failed and stopped ones; some kept."""
    rows = []
    for number in range(GENERATIONS):
        status = ENDINGS[number % len(ENDINGS)]
        facts: dict[str, Any] = {
            "status": status,
            "text": "Clay remembers the hand.",
            "finish_reason": "stop",
        }
        if status == STATUS.FAILED:
            facts["error_code"] = "provider_error"
        rows.append(make_generation(user, cost_usd=Decimal("0.00002"), **facts))
    for row in rows[:: len(ENDINGS)]:
        keep_generation(by=user, generation_id=row.id)
    return [str(row.id) for row in rows]


def guests(count: int) -> list[Guest]:
    """Whom staff change and close, or who close themselves."""
    made = [open_account(email=f"guest-{uuid4().hex}@example.com") for _each in range(count)]
    return [Guest(str(user.id), token_of(user)) for user in made]
