"""How much of the plan is used, wherever a page wants to say it."""

from typing import Any

from django import template

from accounts.models import User
from ai.engine import sentence_of
from ai.models import Generation
from ai.usage import usage_of, usage_with_figures

register = template.Library()


@register.inclusion_tag("ai/_usage.html")
def usage_line(
    user: User, *, with_meter: bool = False, with_figures: bool = False
) -> dict[str, Any]:
    """The count of this period and what choosing the model has saved, in a quiet line.

    With figures, how that was counted can be opened: two queries more.
    """
    usage = usage_with_figures(user) if with_figures else usage_of(user)
    return {"usage": usage, "with_meter": with_meter}


@register.filter
def trouble(generation: Generation | None) -> str:
    """What went wrong with it, in plain words; empty when nothing did."""
    return sentence_of(generation) if generation else ""
