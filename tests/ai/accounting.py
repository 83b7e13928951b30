"""What the tests of the ledger share: a brief, a price, an end, the counters."""

from datetime import timedelta
from typing import Any

from accounts.models import User
from ai.brief import Brief
from ai.ledger import EndedCall, Outcome
from ai.models import UsagePeriod
from ai.providers.base import ModelRef, Usage

BRIEF = Brief("About clay")
REF = ModelRef("fake", "mini-1")
USAGE = Usage(1_000, 0, 500)
HOUR = timedelta(hours=1)


def done(text: str = "Clay.", usage: Usage | None = USAGE, **facts: Any) -> Outcome:
    """A generation that ended well."""
    call = EndedCall(1, REF, usage=usage, written=text, finish_reason="stop")
    return Outcome("DONE", text=text, finish_reason="stop", call=call, **facts)


def counters(user: User) -> Any:
    """(used, reserved, spent, reserved US dollars) of somebody's only period."""
    period = UsagePeriod.objects.get(user=user)
    return (
        period.generations_used,
        period.generations_reserved,
        period.spend_used_usd,
        period.spend_reserved_usd,
    )
