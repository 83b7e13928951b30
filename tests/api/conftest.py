"""What tests of the manners share."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import django_ratelimit.core
import pytest
from channels.layers import channel_layers
from django.core.cache.backends import base, locmem

from api import limits
from api.courier import courier
from api.newsroom import Newsroom, open_newsroom
from tests.api.standing import NOON


@pytest.fixture(autouse=True)
def _no_outage_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Redis was in another test is forgotten."""
    monkeypatch.setattr(courier, "_paused_until", 0.0)
    monkeypatch.setattr(courier, "_is_away", False)


@pytest.fixture
async def room(transactional_db: None) -> AsyncIterator[Newsroom]:
    """A newsroom over memory, as one web process has it."""
    channel_layers.backends.clear()
    async with open_newsroom() as opened:
        yield opened
    channel_layers.backends.clear()


@pytest.fixture
def clock(monkeypatch: Any) -> Any:
    """A window does not end within a test, unless the test says so."""
    clock = SimpleNamespace(now=NOON)
    told = SimpleNamespace(time=lambda: float(clock.now))
    for who in (limits, django_ratelimit.core, base, locmem):
        monkeypatch.setattr(who, "time", told)
    return clock
