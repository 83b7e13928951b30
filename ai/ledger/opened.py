"""What the ledger hands to the engine, and takes back from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from ai.ask import Ask
from ai.ledger.calls import EndedCall
from ai.models import Generation, ProviderCall
from ai.providers.base import ModelRef
from ai.routing import Route, Tier

PURPOSE = ProviderCall.Purpose
# The code of a structured answer that could not be read, twice.
UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Turn:
    """One draft: the models that may write it, first choice first, and what it may cost."""

    tier: Tier
    models: tuple[ModelRef, ...]
    purpose: str
    reserved_usd: Decimal


@dataclass(frozen=True, slots=True)
class Opened:
    """A generation that may start: its row, its route, and the turns that were reserved."""

    generation: Generation
    ask: Ask
    route: Route
    turns: tuple[Turn, ...]
    start_facts: Mapping[str, Any]
    # The first call's row; None where an earlier answer is given again.
    call: ProviderCall | None

    @property
    def generation_id(self) -> UUID:
        """Its id."""
        return self.generation.id

    @property
    def is_reused(self) -> bool:
        """Whether it was answered from an earlier one, and has ended already."""
        return self.generation.reused_from_id is not None


@dataclass(slots=True)
class Outcome:
    """How a generation ended, and its last call.

    Without one, the call that is still open is estimated, if it wrote the text: that is the
    attempt `written_by`; None: whichever is open.
    """

    status: str
    text: str = ""
    finish_reason: str = ""
    error_code: str = ""
    frame_count: int = 0
    first_token_ms: int | None = None
    latency_ms: int | None = None
    call: EndedCall | None = None
    written_by: int | None = None
    draft_flaws: tuple[str, ...] = ()
    final_flaws: tuple[str, ...] = ()
    is_escalated: bool = False

    @property
    def has_text(self) -> bool:
        """White space is nothing."""
        return bool(self.text.strip())

    @property
    def is_counted(self) -> bool:
        """Whether it is one of the plan's: something arrived that a creator can use."""
        return self.has_text and self.error_code != UNUSABLE
