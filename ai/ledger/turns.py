"""Which drafts a generation may take, by which models, and what each may cost at most."""

from dataclasses import replace

from django.utils.translation import gettext as _

from ai.ask import Ask
from ai.brief import Quality
from ai.ledger.opened import PURPOSE, Turn
from ai.pricing import upper_bound_usd
from ai.providers.base import Message, ModelRef
from ai.registry import context_window
from ai.routing import Route, Tier
from ai.thinking import room_to_think
from ai.tokens import count_tokens

# What a message costs beside its words, in tokens, on any provider's template.
MESSAGE_OVERHEAD = 16
# The second draft's messages name the flaws of the first, which is quoted.
REPAIR_OVERHEAD = 600


class PromptTooLong(Exception):
    """No model at hand can read so much; the sentence says so."""


def turns_of(ask: Ask, route: Route, *, full: tuple[ModelRef, ...]) -> tuple[Turn, ...]:
    """The first draft, and the second one where drafts are checked; `full` as the plan allows.

    Raises PromptTooLong where no model of the route has room for the messages and the answer.
    """
    first = _turn(ask, route.tier, route.models, PURPOSE.ANSWER)
    following = _second_draft(ask, route, full)
    if following is None:
        return (first,)
    tier, models, purpose = following
    try:
        more = _turn(ask, tier, models, purpose, extra=_repair_tokens(ask))
    except PromptTooLong:
        return (first,)
    return (first, more)


def fitting(ask: Ask, route: Route) -> Route:
    """The route without the models that cannot read so much. Raises PromptTooLong."""
    return replace(route, models=_with_room(ask, route.models, extra=0))


def _second_draft(
    ask: Ask, route: Route, full: tuple[ModelRef, ...]
) -> tuple[Tier, tuple[ModelRef, ...], str] | None:
    """Of the strong model where the router may choose it; else of the same, for its form alone."""
    if ask.check is None:
        return None
    is_routed = ask.brief.quality == Quality.AUTO
    if is_routed and route.tier == "mini" and full and full[0] != route.models[0]:
        return "full", full, PURPOSE.ESCALATION
    # What cannot be read is asked for again; a text of the same model is hardly better twice.
    if ask.schema is not None:
        return route.tier, route.models, PURPOSE.REPAIR
    return None


def _turn(
    ask: Ask, tier: Tier, models: tuple[ModelRef, ...], purpose: str, *, extra: int = 0
) -> Turn:
    able = _with_room(ask, models, extra)
    bound = max(
        upper_bound_usd(
            (ref,),
            input_tokens=most_tokens(ask.compose(ref)) + _schema_bytes(ask) + extra,
            output=ask.max_output_tokens + room_to_think(ref),
        )
        for ref in able
    )
    return Turn(tier, able, purpose, bound)


def most_tokens(messages: tuple[Message, ...]) -> int:
    """More tokens than any tokenizer makes of them: one a byte."""
    return sum(len(each.content.encode()) + MESSAGE_OVERHEAD for each in messages)


def room_beside(messages: tuple[Message, ...], ref: ModelRef) -> int | None:
    """How many tokens a model has left for its answer to these; None where nobody knows.

    A quarter less than is counted here: its own vocabulary may cut the messages finer.
    """
    window = context_window(ref)
    if window is None:
        return None
    return window - room_to_think(ref) - _counted(messages) * 5 // 4


def _counted(messages: tuple[Message, ...]) -> int:
    return sum(count_tokens(each.content) + MESSAGE_OVERHEAD for each in messages)


def _repair_tokens(ask: Ask) -> int:
    if ask.repair_tokens is not None:
        return ask.repair_tokens
    return REPAIR_OVERHEAD + ask.max_output_tokens


def _schema_bytes(ask: Ask) -> int:
    return len(repr(ask.schema.schema)) if ask.schema is not None else 0


def _with_room(ask: Ask, models: tuple[ModelRef, ...], extra: int) -> tuple[ModelRef, ...]:
    able = tuple(ref for ref in models if _has_room(ask, ref, extra))
    if not able:
        raise PromptTooLong(_("This is too long for the models at hand. Make it shorter."))
    return able


def _has_room(ask: Ask, ref: ModelRef, extra: int) -> bool:
    window = context_window(ref)
    if window is None:
        return True
    room = window - ask.max_output_tokens - room_to_think(ref) - extra
    messages = ask.compose(ref)
    if most_tokens(messages) <= room:
        return True
    # Only what may not fit is worth counting.
    return _counted(messages) <= room
