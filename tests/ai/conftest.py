"""The engine on the event loop of a test."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from accounts.models import User
from ai import engine
from ai.brief import Brief
from ai.database import in_database
from ai.models import Generation
from ai.stream import memory
from ai.stream.follow import follow
from ai.stream.relay import close_relay
from tests.fakes.provider import ScriptedProvider

PATIENCE_SECONDS = 10


class Desk:
    """Starts generations and reads what becomes of them."""

    def __init__(self, provider: ScriptedProvider) -> None:
        self.provider = provider

    async def write(self, user: User, prompt: str = "About clay", **brief: Any) -> engine.Job:
        """Begin one."""
        return await engine.start(user=user, brief=Brief(prompt, **brief))

    async def finish(self, user: User, **brief: Any) -> tuple[engine.Job, Generation]:
        """Write one to its end."""
        job = await self.write(user, **brief)
        await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
        return job, await self.row(job)

    async def row(self, job: engine.Job) -> Generation:
        """As it is stored."""
        row: Generation = await in_database(Generation.objects.get, id=job.id)
        return row

    async def frames(self, job: engine.Job, after: int = 0) -> list[tuple[int, str, Any]]:
        """(number, event, data) of each frame, to the last."""

        async def read() -> list[tuple[int, str, Any]]:
            return [
                (each.number, each.event, json.loads(each.data))
                async for each in follow(job.id, after)
                if each is not None
            ]

        return await asyncio.wait_for(read(), PATIENCE_SECONDS)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                await asyncio.sleep(0.005)


@pytest.fixture
async def desk(transactional_db: None, scripted: ScriptedProvider) -> AsyncIterator[Desk]:
    """The engine, its provider a script; nothing runs on behind the test."""
    yield Desk(scripted)
    jobs = list(engine._jobs.values())
    for job in jobs:
        engine.cancel_local(job.id)
        await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
    engine._is_stopping = False
    memory._streams.clear()
    await close_relay()


def joined(frames: list[tuple[int, str, Any]]) -> str:
    """What a client has on its screen."""
    text = ""
    for _number, event, data in frames:
        if event == "delta":
            text += data["text"]
        elif event == "snapshot":
            text = data["text"]
    return text
