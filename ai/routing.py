"""Which model does the job: a pure decision from the brief, the plan and what is at hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext as _

from ai.brief import Brief, Length, Quality
from ai.features import features_of
from ai.providers.base import ModelRef
from content.models import Content

Tier = Literal["mini", "full"]
LONG_PROMPT_WORDS = 150
MANY_REQUIREMENTS = 6


@dataclass(frozen=True, slots=True)
class Route:
    """The tier, its models (first choice first, the rest fallbacks) and the reason in words.

    `features` are what the decision was made of, the tier, and the name of the `rule` that decided.
    """

    tier: Tier
    models: tuple[ModelRef, ...]
    reason: str
    features: dict[str, Any] = field(default_factory=dict)


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
    failing: frozenset[ModelRef] = frozenset(),
    kind: str = "TEXT",
) -> Route:
    """The cheapest tier that does the job. `mini` and `full` hold what may be called.

    Those that are `failing` right now come last, and a tier of none but them gives way to the other
    one, where the plan has it. Raises PlanRequired for quality `full` on a plan without it, NoModel
    when none is at hand.
    """
    if brief.quality == Quality.FULL and not allows_full:
        raise PlanRequired(_("The strongest model comes with the Pro plan."))
    seen = features_of(brief, kind=kind, mini=mini, full=full)
    seen["allows_full"] = allows_full
    well: dict[Tier, int] = {"mini": _well(mini, failing), "full": _well(full, failing)}
    seen |= {"mini_well": well["mini"], "full_well": well["full"]}
    tier, rule = choose(seen)
    has_all = {"mini": mini, "full": full}
    other: Tier = "mini" if tier == "full" else "full"
    may_change = other == "mini" or allows_full
    # Where nobody is well, whoever was chosen may be so again by the time it is asked.
    if not well[tier] and may_change and (well[other] or not has_all[tier]):
        tier, rule = other, f"no_{tier}"
    if not has_all[tier]:
        raise NoModel(_("No model can be asked on this server right now."))
    models = tuple(sorted(has_all[tier], key=lambda ref: ref in failing))
    return Route(tier, models, REASONS[rule](), {**seen, "tier": tier, "rule": rule})


def _well(models: tuple[ModelRef, ...], failing: frozenset[ModelRef]) -> int:
    """How many of a tier can be asked with some hope."""
    return sum(ref not in failing for ref in models)


def choose(seen: dict[str, Any]) -> tuple[Tier, str]:
    """The tier that stored features ask for, and the name of the rule that says so.

    What `decide` does before it looks at what is at hand; an export is replayed through it.
    """
    if seen["quality"] == Quality.MINI:
        return "mini", "asked_mini"
    if seen["quality"] == Quality.FULL:
        return "full", "asked_full"
    if (demand := _demand(seen)) is None:
        return "mini", "plain"
    if not seen["allows_full"]:
        return "mini", "plan"
    if seen["mini"] and seen["mini"] == seen["full"]:
        return "mini", "one_model"
    return "full", demand


def _demand(seen: dict[str, Any]) -> str | None:
    """What wants the strong model; None when nothing does."""
    if seen["mini_is_weak"] and not seen["full_is_weak"] and seen["full"]:
        return "weak_language"
    if seen["kind"] == "IDEAS":
        # Their structure is checked: the quick model's first draft costs little to try.
        return None
    is_long = seen["length"] == Length.LONG
    demands = {
        "long_story": is_long and seen["type"] == Content.Type.STORY,
        "reasoning": seen["reasoning"] > 0,
        "requirements": seen["bullets"] + seen["demands"] >= MANY_REQUIREMENTS,
        "long_brief": is_long and seen["words"] > LONG_PROMPT_WORDS,
    }
    return next((rule for rule, holds in demands.items() if holds), None)


# Functions, since a reason is told in the language of whoever asks.
REASONS: dict[str, Callable[[], str]] = {
    "asked_mini": lambda: _("You asked for the quick model."),
    "asked_full": lambda: _("You asked for the strongest model."),
    "plain": lambda: _("A quick model does this kind of piece well."),
    "plan": lambda: _("The quick model writes; the strongest comes with the Pro plan."),
    "one_model": lambda: _("One model writes everything on this server."),
    "no_full": lambda: _("No strong model is at hand right now, so the quick one writes."),
    "no_mini": lambda: _("No quick model is at hand right now, so the strong one writes."),
    "weak_language": lambda: _("The strong model writes this language better."),
    "long_story": lambda: _("A long story holds together better with the strong model."),
    "reasoning": lambda: _("The brief asks for reasoning, which the strong model does better."),
    "requirements": lambda: _(
        "The brief has many requirements, which the strong model keeps better."
    ),
    "long_brief": lambda: _("A long brief for a long text is work for the strong model."),
}
