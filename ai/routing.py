"""Which model does the job: a pure decision from the brief, the plan and what is at hand."""

import re
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from ai.brief import Brief, Length, Quality
from ai.providers.base import ModelRef
from content.models import Content

Tier = Literal["mini", "full"]
LONG_PROMPT_WORDS = 150
MANY_REQUIREMENTS = 6
REASONING = re.compile(
    r"\b(compare|analy[sz]e|explain why|step by step|strategy|argument|pros and cons|"
    r"compar(?:er|ez)|analyse[rz]?|expliqu(?:er|ez) pourquoi|étape par étape|stratégie)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Route:
    """The tier, its models (first choice first, the rest fallbacks) and the reason in words."""

    tier: Tier
    models: tuple[ModelRef, ...]
    reason: str


class PlanRequired(Exception):
    """The plan does not include what was asked for; the sentence says so."""


class NoModel(Exception):
    """No model can be called; the sentence says so."""


def decide(
    brief: Brief,
    *,
    allows_full: bool,
    mini: tuple[ModelRef, ...],
    full: tuple[ModelRef, ...],
) -> Route:
    """The cheapest tier that does the job.

    Raises PlanRequired for quality `full` on a plan without it, NoModel when none is at hand.
    """
    if brief.quality == Quality.FULL and not allows_full:
        raise PlanRequired(_("The strongest model comes with the Pro plan."))
    tier, reason = _wanted(brief, allows_full=allows_full)
    models = mini if tier == "mini" else full
    if models:
        return Route(tier, models, reason)
    if tier == "full" and mini:
        return Route("mini", mini, _("No strong model is configured, so the quick one writes."))
    if tier == "mini" and full and allows_full:
        return Route("full", full, _("No quick model is configured, so the strong one writes."))
    raise NoModel(_("No model is configured on this server."))


def _wanted(brief: Brief, *, allows_full: bool) -> tuple[Tier, str]:
    if brief.quality == Quality.MINI:
        return "mini", _("You asked for the quick model.")
    if brief.quality == Quality.FULL:
        return "full", _("You asked for the strongest model.")
    if (demand := _demand(brief)) is None:
        return "mini", _("A quick model does this kind of piece well.")
    if not allows_full:
        return "mini", _("The quick model writes; the strongest comes with the Pro plan.")
    return "full", demand


def _demand(brief: Brief) -> str | None:
    """Why a brief wants the strong model; None when it does not."""
    is_long = brief.length == Length.LONG
    if is_long and brief.type == Content.Type.STORY:
        return _("A long story holds together better with the strong model.")
    if REASONING.search(brief.prompt):
        return _("The brief asks for reasoning, which the strong model does better.")
    requirements = len(re.findall(r"(?m)^[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t]+", brief.prompt))
    if requirements >= MANY_REQUIREMENTS:
        return _("The brief has many requirements, which the strong model keeps better.")
    if is_long and len(brief.prompt.split()) > LONG_PROMPT_WORDS:
        return _("A long brief for a long text is work for the strong model.")
    return None
