"""What can be wrong with a draft: codes that are stored, sentences for people and for a model."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Flaw:
    """`told` goes to the creator, in their language; `repair` to the model, in English."""

    code: str
    told: str | Promise
    repair: str


FLAWS: dict[str, Flaw] = {
    flaw.code: flaw
    for flaw in (
        Flaw("empty", _("The draft was empty."), "It is empty."),
        Flaw("refusal", _("The model declined to write it."), "It declines the request."),
        Flaw("content_filter", _("The draft was cut by a filter."), "It was cut by a filter."),
        Flaw("truncated", _("The draft broke off."), "It breaks off: be brief enough to finish."),
        Flaw(
            "over_platform_limit",
            _("The draft was too long for the platform."),
            "It is longer than the platform takes: keep well below the limit of characters.",
        ),
        Flaw("too_short", _("The draft was far too short."), "It is far shorter than asked for."),
        Flaw("too_long", _("The draft was far too long."), "It is far longer than asked for."),
        Flaw(
            "wrong_language",
            _("The draft was in another language."),
            "It is not in the language that was asked for.",
        ),
        Flaw(
            "no_hashtags",
            _("The draft had no hashtags."),
            "It has no hashtags, and the platform wants some at the end.",
        ),
        Flaw(
            "too_many_hashtags",
            _("The draft had too many hashtags."),
            "It has more hashtags than the platform takes.",
        ),
        Flaw(
            "forbidden_words",
            _("The draft used words that you avoid."),
            "It uses words that are never to be used.",
        ),
        Flaw(
            "wrong_structure",
            _("The draft did not have the right form."),
            "It does not follow the JSON schema.",
        ),
        Flaw(
            "too_few",
            _("The draft had fewer than were asked for."),
            "It has fewer than were asked for, or repeats itself.",
        ),
    )
}
# With these, there is nothing to show, whatever else is right.
FATAL = frozenset({"empty", "refusal", "content_filter", "wrong_structure"})
# With these, a draft is worth nothing: not shown to whoever writes the next one.
DISCARDED = frozenset({"empty", "refusal", "content_filter"})


def flaw_sentences(codes: Iterable[str]) -> list[str]:
    """What was wrong, in the language at hand; what a newer release wrote is left out."""
    return [str(FLAWS[code].told) for code in codes if code in FLAWS]


def repair_line(code: str) -> str:
    """What a model is told of a flaw. Raises KeyError for an unknown one."""
    return FLAWS[code].repair
