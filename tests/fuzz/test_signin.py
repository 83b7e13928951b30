"""Signing in answers what allauth says of it, whoever asks, whatever is sent."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from accounts.models import User
from accounts.services import open_account
from tests.cast import PASSWORD
from tests.fuzz import people
from tests.fuzz.conftest import EXAMPLES, WITHOUT_SWEEP
from tests.fuzz.rig import Found, Rig, dictionary

pytestmark = pytest.mark.fuzz
# Which statuses there are and what is refused is allauth's own to say, and it says it in part only.
CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance"
VERSION_ONE = "/_allauth/{client}/v1"
TAKEN = {
    f"GET {VERSION_ONE}/config",
    f"GET {VERSION_ONE}/auth/session",
    f"GET {VERSION_ONE}/account/email",
    f"POST {VERSION_ONE}/auth/login",
    f"POST {VERSION_ONE}/auth/code/confirm",
    f"POST {VERSION_ONE}/auth/email/verify",
    f"GET {VERSION_ONE}/auth/password/reset",
}


def _open(name: str) -> User:
    """Somebody with a password that the server can read at once."""
    user = open_account(email=f"{name}@example.com")
    user.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1)
    user.save()
    return user


def _fuzz(rig: Rig, codes: Path, client: str, *more: str) -> Found:
    readers = [_open(f"{client}-reader{number}") for number in range(3)]
    users = [_open(f"{client}{number}") for number in range(20 + EXAMPLES)]
    emails = [user.email for user in users]
    facts: dict[str, Any] = {
        "client": client,
        "server": rig.server,
        "codes": str(codes),
        "emails": emails,
        "reading": [people.session_of(user) for user in readers],
        "changing": [people.session_of(user) for user in users],
    }
    parts = [
        dictionary("client", [client]),
        dictionary("emails", emails),
        dictionary("passwords", [PASSWORD, "glaze and cobalt"]),
    ]
    # Much of what is asked needs a step before it; and all of it is soon answered.
    rig = replace(rig, examples=2 * rig.examples)
    return rig.run("signin", "/_allauth/openapi.json", parts, facts, *more)


@pytest.mark.parametrize("client", ["app", "browser"])
def test_signing_in(rig: Rig, codes: Path, client: str) -> None:
    found = _fuzz(rig, codes, client, "--checks", CHECKS, *WITHOUT_SWEEP)
    found.check(TAKEN)
