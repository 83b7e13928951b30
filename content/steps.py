"""The steps that a page offers for a piece of content: what each says, and what undoes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from content import services
from content.models import Content

Status = Content.Status


@dataclass(frozen=True, slots=True)
class Step:
    """A service to call, the sentence that reports it, and the undo by the status before."""

    run: Callable[..., Any]
    said: str | Promise
    undo: dict[str, str]

    def take(self, *, by: User, content_id: UUID) -> None:
        """Do it. Raises TransitionRefused and Content.DoesNotExist."""
        self.run(by=by, content_id=content_id)


STEPS = {
    "publish": Step(
        services.publish_content,
        _("“%(title)s” is published."),
        {Status.DRAFT: "restore"},
    ),
    "archive": Step(
        services.archive_content,
        _("“%(title)s” is archived."),
        dict.fromkeys([Status.DRAFT, Status.SCHEDULED, Status.PUBLISHED], "unarchive"),
    ),
    "unarchive": Step(services.unarchive_content, _("“%(title)s” is back."), {}),
    "restore": Step(
        services.restore_content,
        _("“%(title)s” is a draft again."),
        {Status.ARCHIVED: "archive", Status.PUBLISHED: "publish"},
    ),
    "delete": Step(
        services.delete_content,
        _("“%(title)s” is deleted."),
        dict.fromkeys(Status.values, "undelete"),
    ),
    "undelete": Step(services.undelete_content, _("“%(title)s” is back."), {}),
}
