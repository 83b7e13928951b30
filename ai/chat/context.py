"""What of a conversation a model is sent: whole turns, newest first, as many as fit. Pure."""

from collections.abc import Callable, Sequence

from ai.providers.base import Message

# What a message costs beside its words, in tokens, on any provider's template.
MESSAGE_OVERHEAD = 16


def context_for(
    messages: Sequence[Message], budget_tokens: int, count_tokens: Callable[[str], int]
) -> tuple[Message, ...]:
    """The instructions, the last turn, and of the turns before it the newest that fit.

    A turn is a creator's message and its answer, and is sent whole or not at all; the first one
    that does not fit ends it, so that nothing is missing in between. The last turn is always sent:
    whether a model can read so much is the ledger's to say (PromptTooLong).
    """
    instructions = [each for each in messages if each.role == "system"]
    turns = _turns([each for each in messages if each.role != "system"])
    kept = turns[-1:]
    room = budget_tokens - sum(_cost(part, count_tokens) for part in (instructions, *kept))
    for turn in reversed(turns[:-1]):
        room -= _cost(turn, count_tokens)
        if room < 0:
            break
        kept.insert(0, turn)
    return (*instructions, *(each for turn in kept for each in turn))


def _turns(said: Sequence[Message]) -> list[list[Message]]:
    """Each begins with a message of the creator's."""
    turns: list[list[Message]] = []
    for each in said:
        if each.role == "user" or not turns:
            turns.append([])
        turns[-1].append(each)
    return turns


def _cost(part: Sequence[Message], count_tokens: Callable[[str], int]) -> int:
    return sum(count_tokens(each.content) + MESSAGE_OVERHEAD for each in part)
