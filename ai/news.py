"""Tells somebody's open pages what of their plan is used."""

from typing import Any

from accounts.models import User
from ai.models import Generation
from ai.signals import generation_finished
from ai.usage import UsageReportSerializer, usage_of
from api.news import tell
from billing.signals import plan_changed


def connect() -> None:
    """Called once, when the app is ready. A reservation is told where it is made (ai.ledger)."""
    generation_finished.connect(on_finished, dispatch_uid="ai.news_finished")
    plan_changed.connect(on_plan, dispatch_uid="ai.news_plan")


def on_finished(generation: Generation, **_: Any) -> None:
    """What was reserved is settled."""
    tell(generation.user_id, "usage")


def on_plan(user: User, **_: Any) -> None:
    """Another plan, other limits."""
    tell(user.pk, "usage")


def usage_state(user: User) -> dict[str, Any]:
    """As `/api/ai/usage` answers."""
    return dict(UsageReportSerializer(usage_of(user)).data)
