"""Tells somebody's open pages that their plan has changed."""

from typing import Any

from django.utils.translation import gettext_noop

from accounts.models import User
from api.news import notify
from billing.api import SubscriptionSerializer, subscription_facts
from billing.plans import PlanName
from billing.signals import plan_changed


def connect() -> None:
    """Called once, when the app is ready."""
    plan_changed.connect(on_plan, dispatch_uid="billing.news")


def on_plan(user: User, plan: str, **_: Any) -> None:
    """A sentence; that it changed at all is told by whoever changes it."""
    sentence = gettext_noop("You are on the %(plan)s plan now.")
    notify(user.pk, sentence, plan=str(PlanName(plan).label))


def subscription_state(user: User) -> dict[str, Any]:
    """As `/api/billing/subscription` answers."""
    return dict(SubscriptionSerializer(subscription_facts(user)).data)
