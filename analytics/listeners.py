"""Turns the news of the layers below into events."""

from typing import Any

from allauth.account.signals import user_signed_up

from accounts.models import User
from accounts.signals import account_opened
from ai.models import Generation
from ai.signals import generation_finished
from analytics.services import record_event
from billing.signals import plan_changed
from content.models import Content
from content.signals import content_created, content_deleted, content_published


def connect() -> None:
    """Called once, when the app is ready."""
    content_created.connect(on_content, dispatch_uid="analytics.content_created")
    content_published.connect(on_published, dispatch_uid="analytics.content_published")
    content_deleted.connect(on_deleted, dispatch_uid="analytics.content_deleted")
    generation_finished.connect(on_generation, dispatch_uid="analytics.generation")
    plan_changed.connect(on_plan, dispatch_uid="analytics.plan")
    account_opened.connect(on_opened, dispatch_uid="analytics.opened")
    user_signed_up.connect(on_opened, dispatch_uid="analytics.signed_up")


def _about(content: Content) -> dict[str, Any]:
    return {
        "contentId": str(content.id),
        "type": content.type,
        "aiGenerated": content.ai_generated,
    }


def on_content(content: Content, **_: Any) -> None:
    """Something was written."""
    record_event(user=content.user, event_type="content_created", data=_about(content))


def on_published(content: Content, **_: Any) -> None:
    """Something went out."""
    record_event(user=content.user, event_type="content_published", data=_about(content))


def on_deleted(content: Content, **_: Any) -> None:
    """Something was removed."""
    record_event(user=content.user, event_type="content_deleted", data=_about(content))


def on_generation(generation: Generation, **_: Any) -> None:
    """A model answered, failed or was stopped."""
    data = {
        "generationId": str(generation.id),
        "status": generation.status,
        "type": generation.type,
        "tier": generation.tier,
        "costUsd": str(generation.cost_usd) if generation.cost_usd is not None else None,
    }
    record_event(user=generation.user_id, event_type="generation_finished", data=data)


def on_plan(user: User, plan: str, **_: Any) -> None:
    """A plan changed."""
    record_event(user=user, event_type="plan_changed", data={"plan": str(plan)})


def on_opened(user: User, **_: Any) -> None:
    """Somebody joined."""
    record_event(user=user, event_type="account_opened")
