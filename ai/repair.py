"""What a model is told that writes a flawed draft anew. Pure."""

from collections.abc import Sequence

from ai.ask import Draft
from ai.checks.flaws import DISCARDED, repair_line
from ai.prompts.messages import FINISHED
from ai.providers.base import Message

# Of a draft, what is shown to whoever mends it: more would cost more than it tells.
MAX_DRAFT_CHARACTERS = 6_000


def repair_messages(draft: Draft, flaws: Sequence[str]) -> tuple[Message, ...]:
    """What is added for the second call: the draft and what is wrong with it.

    Nothing is added where there is no draft to mend: an empty answer, or a refusal, which would
    only be repeated.
    """
    if not draft.text.strip() or DISCARDED.intersection(flaws):
        return ()
    listed = "\n".join(f"- {repair_line(flaw)}" for flaw in flaws)
    ask = f"That draft cannot be used:\n{listed}\nWrite it again, whole, without these flaws. "
    return (
        Message("assistant", draft.text[:MAX_DRAFT_CHARACTERS]),
        Message("user", ask + FINISHED),
    )
