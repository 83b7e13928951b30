"""Tells a creator's open pages what happens to their content."""

from typing import Any

from django.db.models import Max, Sum
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import User
from api.news import notify, tell
from content.models import Content
from content.serializers import ContentSerializer
from content.signals import content_changed, content_created

# What a list shows of a piece; the text itself is read where it is wanted.
SHOWN = (
    "id",
    "title",
    "type",
    "status",
    "version",
    "scheduledAt",
    "publishedAt",
    "updatedAt",
)


def connect() -> None:
    """Called once, when the app is ready."""
    content_created.connect(on_created, dispatch_uid="content.news_created")
    # Publishing and deleting are changes too: one piece of news for each version.
    content_changed.connect(on_changed, dispatch_uid="content.news_changed")


def on_created(content: Content, **_: Any) -> None:
    """There is something new."""
    _tell(content, "created")


def on_changed(content: Content, **_: Any) -> None:
    """Edited, moved, deleted or brought back."""
    _tell(content, "deleted" if content.deleted_at else "changed")


def _tell(content: Content, change: str) -> None:
    row = ContentSerializer(content).data
    data = {"change": change, **{name: row[name] for name in SHOWN}}
    tell(content.user_id, "content", data, about=content.id)


def tell_as_scheduled(content: Content) -> None:
    """Nobody pressed a button for it, so it is said."""
    notify(
        content.user_id,
        gettext_noop("“%(title)s” is published, as scheduled."),
        level="success",
        url=reverse("content_detail", args=[content.id]),
        title=content.title,
    )


def content_state(user: User) -> dict[str, Any]:
    """Two numbers that differ whenever anything was made, changed or deleted in between.

    Versions only grow and rows stay, so their sum tells, in whatever order transactions end.
    """
    facts = Content.everything.owned_by(user).aggregate(sum=Sum("version"), last=Max("updated_at"))
    last = facts["last"]
    return {
        "changes": facts["sum"] or 0,
        "changedAt": last.isoformat().replace("+00:00", "Z") if last else None,
    }
