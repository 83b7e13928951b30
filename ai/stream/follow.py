"""Follows a generation from anywhere: this process's log, Redis's, or the stored row."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

from ai import engine
from ai.database import in_database
from ai.models import Generation
from ai.stream.frames import Frame, frame
from ai.stream.log import Absent, Log
from ai.stream.memory import memory_log
from ai.stream.relay import relay
from ai.stream.tape import Place, Tape

POLL_SECONDS = 1.0


async def follow(generation_id: UUID, after: int = 0) -> AsyncIterator[list[Frame]]:
    """The frames behind number `after` to the last: as many at once as there are.

    No frames: a sign of life is due, to keep proxies awake. Where frames are gone, one `snapshot`
    stands for them. The caller has checked the owner.
    """
    for log in _logs():
        try:
            async with (
                log.following(generation_id) as tape,
                aclosing(_read(tape, generation_id, after)) as batches,  # type: ignore[type-var]
            ):
                async for frames in batches:
                    yield frames
                return
        except Absent:
            continue
    async with aclosing(_from_row(generation_id, after)) as batches:  # type: ignore[type-var]
        async for frames in batches:
            yield frames


async def wait_for_end(generation_id: UUID) -> None:
    """Wait until a generation has ended, whichever process writes it; then its row is settled."""
    async with aclosing(follow(generation_id)) as frames:  # type: ignore[type-var]
        async for _each in frames:
            pass


def _logs() -> list[Log]:
    """Where to look, the nearest first."""
    found = relay(engine.cancel_local)
    return [memory_log, found] if found else [memory_log]


async def _read(tape: Tape, generation_id: UUID, after: int) -> AsyncIterator[list[Frame]]:
    # Nothing yet: it has just begun, or its log is gone.
    is_in_doubt = not tape.frames
    with Place(tape, after) as place:
        while True:
            if frames := place.read():
                yield frames
                if frames[-1].is_last:
                    return
            elif tape.is_over or is_in_doubt or tape.misses(place.position):
                is_in_doubt = False
                row = await _row(generation_id)
                if row.is_final:
                    yield ending_of(row, place.position)
                    return
                if found := _snapshot(row, tape, place.position):
                    place.position = found.number
                    yield [found]
                elif tape.misses(place.position):
                    # Its producer saves again in a moment.
                    await asyncio.sleep(POLL_SECONDS)
                    if place.is_due():
                        yield []
            elif await place.is_silent():
                yield []


async def _row(generation_id: UUID) -> Generation:
    row: Generation = await in_database(Generation.objects.get, id=generation_id)
    return row


def _snapshot(row: Generation, tape: Tape, position: int) -> Frame | None:
    """The text so far in place of frames that are gone; None until what follows joins on to it."""
    if row.frame_count <= position or tape.misses(row.frame_count):
        return None
    return frame(row.frame_count, "snapshot", {"text": row.text})


async def _from_row(generation_id: UUID, after: int) -> AsyncIterator[list[Frame]]:
    """Wait for the row to be settled; then its end."""
    with Place(Tape(), after) as place:
        while not (row := await _row(generation_id)).is_final:
            await asyncio.sleep(POLL_SECONDS)
            if place.is_due():
                yield []
    yield ending_of(row, after)


def ending_of(row: Generation, position: int) -> list[Frame]:
    """What is left to say of a settled row: its text, unless all was read, and how it ended."""
    is_done = row.status == Generation.Status.DONE
    # By the row's own numbers, whatever a client claims to have read: a snapshot replaces it all.
    last = max(row.frame_count, 2)
    event, data = engine.last_frame(row)
    end = frame(last, event, data)
    if is_done and position >= row.frame_count - 1:
        return [end]
    return [frame(last - 1, "snapshot", {"text": row.text}), end]
