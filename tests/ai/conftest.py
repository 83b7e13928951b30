"""The engine on the event loop of a test."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from django.test import AsyncClient
from redis import Redis

from accounts.models import User
from ai import engine
from ai.ask_text import ask_for
from ai.brief import Brief
from ai.database import in_database
from ai.job import Job
from ai.keeper import close_keeper
from ai.models import Generation
from ai.stream.follow import follow
from ai.stream.memory import memory_log
from ai.stream.relay import close_relay
from api.tokens import issue_token
from tests.fakes.provider import ScriptedProvider
from tests.redis_database import redis_url

PATIENCE_SECONDS = 10


class Desk:
    """Starts generations and reads what becomes of them."""

    def __init__(self, provider: ScriptedProvider) -> None:
        self.provider = provider

    async def write(self, user: User, prompt: str = "About clay", **brief: Any) -> Job:
        """Begin one."""
        return await engine.start(user=user, ask=ask_for(Brief(prompt, **brief)))

    async def finish(self, user: User, **brief: Any) -> tuple[Job, Generation]:
        """Write one to its end."""
        job = await self.write(user, **brief)
        await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
        return job, await self.row(job)

    async def row(self, job: Job) -> Generation:
        """As it is stored."""
        row: Generation = await in_database(Generation.objects.get, id=job.id)
        return row

    async def frames(self, job: Job, after: int = 0) -> list[tuple[int, str, Any]]:
        """(number, event, data) of each frame, to the last."""

        async def read() -> list[tuple[int, str, Any]]:
            return [
                (each.number, each.event, json.loads(each.data))
                async for frames in follow(job.id, after)
                for each in frames
            ]

        return await asyncio.wait_for(read(), PATIENCE_SECONDS)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():  # noqa: ASYNC110  (any condition, of anybody)
                await asyncio.sleep(0.005)


@pytest.fixture
async def desk(transactional_db: None, scripted: ScriptedProvider) -> AsyncIterator[Desk]:
    """The engine, its provider a script; nothing runs on behind the test."""
    known = engine._jobs
    yield Desk(scripted)
    # A test may have hidden them from the engine, which then does not forget them either.
    for job in list(known.values()):
        job.cancel()
        await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
    known.clear()
    engine._is_stopping = False
    memory_log.clear()
    await close_relay()
    await close_keeper()


def joined(frames: list[tuple[int, str, Any]]) -> str:
    """What a client has on its screen."""
    text = ""
    for _number, event, data in frames:
        if event == "delta":
            text += data["text"]
        elif event == "snapshot":
            text = data["text"]
    return text


class SignedInClient(AsyncClient):
    """Sends its token with each request. (Django's drops headers that its constructor is given.)"""

    def __init__(self, token: str) -> None:
        super().__init__(raise_request_exception=False)
        self.own = {"Authorization": f"Bearer {token}"}

    def generic(self, *args: Any, headers: Any = None, **kwargs: Any) -> Any:
        return super().generic(*args, headers={**self.own, **(headers or {})}, **kwargs)


@pytest.fixture
def sign_in(desk: Desk) -> Any:
    """An asynchronous client with a token."""

    async def make(user: User, **token: Any) -> AsyncClient:
        plain = await in_database(issue_token, user=user, name="test", **token)
        return SignedInClient(plain)

    return make


async def events_of(response: Any) -> list[tuple[str, str, Any]]:
    """(id, event, data) of a streamed answer."""
    raw = b"".join([part async for part in response.streaming_content]).decode()
    frames = []
    for block in filter(None, raw.split("\n\n")):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        frames.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return frames


@pytest.fixture
def redis(settings: Any) -> Iterator[Redis]:
    """The run's own Redis, behind the settings."""
    settings.REDIS_URL = redis_url()
    client = Redis.from_url(settings.REDIS_URL)
    yield client
    client.flushdb()
    client.close()
