"""What is asked of a model, whatever kind it is: a text, an answer in a chat, a list of ideas."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ai.brief import Brief
from ai.providers.base import Message, ModelRef, Schema

if TYPE_CHECKING:
    from ai.models import Generation


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model wrote, and why it ended: stop, length, content_filter, refusal."""

    text: str
    finish_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A brief, the messages that it becomes, and what must be true of the answer.

    With a `check` nothing is shown before a draft has passed it, or a second one has ended: what
    fails it is written once more, by the strong model where the route and the plan allow.
    """

    brief: Brief
    kind: str = "TEXT"
    # The messages for one model: a small one loses itself in what a large one wants to know.
    compose: Callable[[ModelRef], tuple[Message, ...]]
    max_output_tokens: int
    schema: Schema | None = None
    # Hard checks of a draft: the names of its flaws, none when it passes.
    check: Callable[[Draft], tuple[str, ...]] | None = None
    # What is added to the messages for the second draft.
    repair: Callable[[Draft, tuple[str, ...]], tuple[Message, ...]] | None = None
    # What that is at most, in tokens; None where it quotes the draft as long as it may be.
    repair_tokens: int | None = None
    # Inside the transaction that reserves; what it returns goes into the `start` frame as well.
    on_open: Callable[["Generation"], Mapping[str, Any] | None] | None = None
    # Inside the transaction that settles, whatever the outcome.
    on_end: Callable[["Generation"], None] | None = None
    # An identical earlier answer of the same person will do.
    may_reuse: bool = False
