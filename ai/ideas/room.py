"""How long a list of ideas may become in the models at hand."""

from collections.abc import Callable

from ai.ledger.turns import room_beside
from ai.providers.base import Message, ModelRef
from ai.registry import tier_models


def room_for_list(compose: Callable[[ModelRef], tuple[Message, ...]]) -> int | None:
    """Tokens of output that a model of each tier has room for; None where no window is known.

    Of each tier: which one writes is decided later, with the reservation.
    """
    tiers = (tier_models("mini"), tier_models("full"))
    rooms = [_widest(compose, refs) for refs in tiers if refs]
    return min((room for room in rooms if room is not None), default=None)


def _widest(
    compose: Callable[[ModelRef], tuple[Message, ...]], refs: tuple[ModelRef, ...]
) -> int | None:
    """What the roomiest of a tier has; models without room are left out of the route."""
    widest = 0
    for ref in refs:
        messages = compose(ref)
        room = room_beside(messages, ref)
        if room is None:
            return None
        widest = max(widest, room)
    return widest
