"""Follows a generation from anywhere: this process's log, Redis's, or the stored row."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

from redis.exceptions import RedisError

from ai import engine
from ai.database import in_database
from ai.models import Generation
from ai.stream.frames import Frame, frame
from ai.stream.memory import local_stream
from ai.stream.relay import Relay, relay

POLL_SECONDS = 1.0
APPEARS_TRIES = 20
APPEARS_SECONDS = 0.05


async def follow(generation_id: UUID, after: int = 0) -> AsyncIterator[Frame | None]:
    """Frames behind number `after` to the last one; None now and then, to keep proxies awake.

    Where the frames are gone, one `snapshot` stands for them. The caller has checked the owner.
    """
    stream = local_stream(generation_id)
    if stream is not None:
        async for each in stream.follow(after):
            yield each
        return
    position = after
    try:
        if (found := relay(engine.cancel_local)) and await _appears(found, generation_id):
            async for each in found.follow(generation_id, after):
                if each is not None:
                    position = each.number
                yield each
                if each is None and await _is_final(generation_id):
                    break
                if each is not None and each.is_last:
                    return
    except RedisError:
        # Redis went away in the middle: the row knows the rest.
        pass
    async for each in _from_row(generation_id, position):
        yield each


async def wait_for_end(generation_id: UUID) -> None:
    """Wait until a generation has ended, whichever process writes it; then its row is settled."""
    async with aclosing(follow(generation_id)) as frames:  # type: ignore[type-var]
        async for _each in frames:
            pass


async def _appears(found: Relay, generation_id: UUID) -> bool:
    """Whether Redis has the log; the first frame of a new generation is a moment on its way."""
    for _try in range(APPEARS_TRIES):
        if await found.holds(generation_id):
            return True
        if await _is_final(generation_id):
            return False
        await asyncio.sleep(APPEARS_SECONDS)
    return False


async def _is_final(generation_id: UUID) -> bool:
    return bool((await in_database(Generation.objects.get, id=generation_id)).is_final)


async def _from_row(generation_id: UUID, after: int) -> AsyncIterator[Frame | None]:
    """Wait for the row to be settled, then the text and the last frame out of it."""
    row = await in_database(Generation.objects.get, id=generation_id)
    while not row.is_final:
        yield None
        await asyncio.sleep(POLL_SECONDS)
        row = await in_database(Generation.objects.get, id=generation_id)
    is_done = row.status == Generation.Status.DONE
    # An abandoned row was saved before its last frames: what the client has read counts too.
    last = max(row.frame_count, 2) if is_done else max(row.frame_count, after + 1, 2)
    has_all = is_done and after >= row.frame_count - 1
    if not has_all:
        yield frame(last - 1, "snapshot", {"text": row.text})
    event, data = engine.last_frame(row)
    yield frame(last, event, data)
