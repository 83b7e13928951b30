"""A model provider that follows a script."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from ai import registry
from ai.providers.base import (
    Accepted,
    Delta,
    Finished,
    Item,
    ModelRequest,
    ProviderError,
    Usage,
)

Step = str | float | ProviderError | Item
DEFAULT: tuple[Step, ...] = ("Clay ", "remembers ", "the hand.", Finished("stop", Usage(20, 0, 5)))
PRICES = {
    "fake:mini-1": {"input": "1", "output": "2"},
    "fake:mini-2": {"input": "1", "output": "2"},
    "fake:full-1": {"input": "10", "output": "20"},
}


class ScriptedProvider:
    """Strings are deltas, floats are pauses in seconds, errors are raised; the rest is said.

    An error that is the first step is a request that was not taken.
    """

    name = "fake"

    def __init__(self) -> None:
        self.script: dict[str, tuple[Step, ...]] = {}
        self.requests: list[ModelRequest] = []
        self.closed = 0

    def say(self, *steps: Step, model: str = "*") -> None:
        """What the next requests (to one model, or any) are answered."""
        self.script[model] = steps

    async def stream(self, request: ModelRequest) -> AsyncIterator[Item]:
        """Play the script."""
        self.requests.append(request)
        steps = self.script.get(request.model) or self.script.get("*") or DEFAULT
        try:
            if not isinstance(steps[0], ProviderError):
                yield Accepted()
            for step in steps:
                if isinstance(step, ProviderError):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                elif isinstance(step, str):
                    yield Delta(step)
                else:
                    yield step
        finally:
            self.closed += 1

    async def aclose(self) -> None:
        """Nothing is open."""


@contextlib.contextmanager
def install(settings: Any, folder: Path) -> Iterator[ScriptedProvider]:
    """Make it the only provider, with prices of its own."""
    prices = folder / "prices.json"
    prices.write_text(json.dumps(PRICES))
    settings.AI_PROVIDERS = {"fake": {"api_key": "", "base_url": ""}}
    settings.AI_MINI_MODELS = ["fake:mini-1", "fake:mini-2"]
    settings.AI_FULL_MODELS = ["fake:full-1"]
    settings.AI_PRICES_FILE = str(prices)
    fake = ScriptedProvider()
    registry._providers["fake"] = fake
    try:
        yield fake
    finally:
        registry._providers.pop("fake", None)
