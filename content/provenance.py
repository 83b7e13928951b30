"""What stands behind a text that a model wrote."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Provenance:
    """A snapshot of the generation: which prompt, which model, what it cost (US dollars)."""

    generation_id: UUID
    prompt: str
    provider: str
    model: str
    cost_usd: Decimal | None
