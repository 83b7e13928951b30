"""Alice owns, Bob subscribes, Charlie is a stranger, Sam is staff."""

from typing import Any

from accounts.models import User
from accounts.services import open_account
from billing.plans import PlanName
from billing.services import grant_plan

PASSWORD = "correct horse battery"


def open_cast_account(name: str, *, plan: str = "", **fields: Any) -> User:
    """One of the cast, with a verified email and a password."""
    user = open_account(
        email=f"{name}@example.com", password=PASSWORD, name=name.capitalize(), **fields
    )
    if plan:
        grant_plan(by=None, user=user, plan=PlanName(plan), reason="the cast")
    return user
