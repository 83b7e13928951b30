"""What tests of the manners share."""

from collections.abc import AsyncIterator

import pytest
from channels.layers import channel_layers

from api.courier import courier
from api.newsroom import Newsroom, open_newsroom


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
