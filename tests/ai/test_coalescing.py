"""Small pieces of text share frames, and none is told twice."""

import asyncio
import json
from typing import Any
from uuid import uuid4

from accounts.models import User
from ai.providers.base import Finished
from ai.stream.memory import COALESCE_SECONDS, Stream, memory_log
from tests.ai.conftest import PATIENCE_SECONDS, Desk


def _texts(stream: Stream) -> list[str]:
    return [json.loads(each.data).get("text", each.event) for each in stream.frames]


async def test_the_first_piece_goes_at_once_and_those_close_behind_together() -> None:
    stream = Stream(uuid4(), memory_log)
    for piece in ("Clay ", "remembers ", "all "):
        stream.write_text(piece)
    assert _texts(stream) == ["Clay "]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(stream.frames) == 1:  # noqa: ASYNC110  (a list tells nobody)
            await asyncio.sleep(0.001)
    assert _texts(stream) == ["Clay ", "remembers all "]
    # Longer than what comes close behind waits, however late that was on a busy machine.
    await asyncio.sleep(COALESCE_SECONDS * 2)
    stream.write_text("hands.")
    assert _texts(stream)[2:] == ["hands."]


async def test_an_event_stands_behind_the_text_that_came_before_it() -> None:
    stream = Stream(uuid4(), memory_log)
    for piece in ("a", "b"):
        stream.write_text(piece)
    stream.append("done", {})
    await asyncio.sleep(COALESCE_SECONDS * 2)
    assert _texts(stream) == ["a", "b", "done"]


async def test_what_is_saved_is_what_its_frames_say(
    desk: Desk, alice: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr("ai.stream.memory.COALESCE_SECONDS", 60.0)
    desk.provider.say("Clay ", "remembers ", 30.0, Finished("stop", None))
    job = await desk.write(alice)
    await desk.until(lambda: job.text == "Clay remembers ")
    assert _texts(job.stream)[1:] == ["Clay "]
    text, number, _attempt = job.saved()
    assert "".join(_texts(job.stream)[1:number]) == text == "Clay remembers "
