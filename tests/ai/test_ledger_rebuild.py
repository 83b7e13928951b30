"""The counters say what the rows say, and can be made anew from them."""

from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from ai.ask_text import ask_for
from ai.ledger import Outcome, open_generation, settle
from ai.ledger.rebuild import COUNTERS
from ai.models import UsagePeriod
from tests.ai.accounting import BRIEF, counters, done


def rebuild(*args: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command("rebuild_usage", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def used(alice: User, scripted: Any) -> Any:
    """One that was written, one that failed, one under way."""
    for outcome in (done(), Outcome("FAILED", error_code="provider_error")):
        settle(open_generation(user=alice, ask=ask_for(BRIEF)).generation_id, outcome)
    open_generation(user=alice, ask=ask_for(BRIEF))
    return counters(alice)


def test_there_is_no_drift(used: Any) -> None:
    assert "1 periods counted, 0 counters" in rebuild("--check")


@pytest.mark.parametrize("counter", COUNTERS)
def test_a_drift_is_told_and_mended(alice: User, used: Any, counter: str) -> None:
    right = getattr(UsagePeriod.objects.get(), counter)
    UsagePeriod.objects.update(**{counter: right + 3})
    with pytest.raises(CommandError, match="1 counters differ"):
        rebuild("--check")
    assert getattr(UsagePeriod.objects.get(), counter) == right + 3
    told = rebuild("--user", alice.email.upper())
    assert f"{counter} was {right + 3}" in told
    assert getattr(UsagePeriod.objects.get(), counter) == right
    assert counters(alice) == used
    assert "0 counters" in rebuild("--check")


def test_only_the_one_who_was_named(alice: User, bob: User, used: Any) -> None:
    UsagePeriod.objects.update(spend_used_usd=Decimal(9))
    assert "0 periods" in rebuild("--user", bob.email)
    assert UsagePeriod.objects.get().spend_used_usd == 9
    with pytest.raises(CommandError, match="Nobody"):
        rebuild("--user", "nobody@example.com")
