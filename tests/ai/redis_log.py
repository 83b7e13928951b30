"""Reading the log as another process would."""

import json
from typing import Any
from uuid import UUID

from redis import Redis

from ai.stream.follow import follow
from ai.stream.frames import Frame
from ai.stream.memory import MemoryLog
from ai.stream.script import from_stream, log_name


async def follow_all(generation_id: UUID, after: int = 0) -> list[tuple[int, str, Any]]:
    """Every frame behind a number to the last, as (number, event, data)."""
    return [
        (each.number, each.event, json.loads(each.data))
        async for frames in follow(generation_id, after)
        for each in frames
    ]


def hide_memory(monkeypatch: Any) -> None:
    """As if another process had produced it: this one's memory holds no log."""
    monkeypatch.setattr("ai.stream.follow.memory_log", MemoryLog())


def frames_of(redis: Redis, generation_id: UUID) -> list[Frame]:
    """What lies in Redis."""
    entries: Any = redis.xrange(log_name(generation_id))
    return [from_stream(each) for each in entries]
