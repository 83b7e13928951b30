"""Reading the log as another process would."""

import json
from typing import Any
from uuid import UUID

from ai.stream.follow import follow


async def follow_all(generation_id: UUID, after: int = 0) -> list[tuple[int, str, Any]]:
    """Every frame behind a number to the last, as (number, event, data)."""
    return [
        (each.number, each.event, json.loads(each.data))
        async for each in follow(generation_id, after)
        if each is not None
    ]


def hide_memory(monkeypatch: Any) -> None:
    """As if another process had produced it: this one's memory holds no log."""
    monkeypatch.setattr("ai.stream.follow.local_stream", lambda _id: None)
