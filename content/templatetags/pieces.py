"""What pages know of the state of somebody's content."""

from django import template

from accounts.models import User
from content.news import content_state

register = template.Library()


@register.simple_tag
def content_changes(user: User) -> int:
    """How often their content has changed so far: what news are compared with (static/js/live.js).

    Stand it before the content itself, so that a change in between is found out.
    """
    return int(content_state(user)["changes"])
