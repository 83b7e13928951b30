"""The ledger: reserves before the first upstream byte, settles exactly once. Sync."""

from ai.ledger.abandoned import release_strays, settle_abandoned
from ai.ledger.calls import AlreadyEnded, EndedCall, NextCall, turn_over
from ai.ledger.opened import Opened, Outcome, Turn
from ai.ledger.quota import QuotaExceeded
from ai.ledger.reserve import open_generation
from ai.ledger.settle import settle
from ai.ledger.turns import PromptTooLong

__all__ = [
    "AlreadyEnded",
    "EndedCall",
    "NextCall",
    "Opened",
    "Outcome",
    "PromptTooLong",
    "QuotaExceeded",
    "Turn",
    "open_generation",
    "release_strays",
    "settle",
    "settle_abandoned",
    "turn_over",
]
