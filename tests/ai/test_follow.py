"""Following from the stored row, once the frames are gone."""

import asyncio
import json
from typing import Any

import pytest

from accounts.models import User
from ai.database import in_database
from ai.ledger import Outcome, settle
from ai.providers.base import ErrorKind, Finished, ProviderError
from ai.stream import follow as following
from ai.stream import tape
from ai.stream.follow import follow
from ai.stream.frames import Frame, frame
from ai.stream.memory import memory_log
from tests.ai.conftest import Desk, joined
from tests.factories import make_generation


def _forget() -> None:
    memory_log.clear()


@pytest.mark.parametrize("after", [0, 1, 3])
async def test_a_snapshot_stands_for_frames_that_are_gone(
    desk: Desk, alice: User, after: int
) -> None:
    desk.provider.say("Clay ", 0.03, "remembers", 0.03, " all.", Finished("stop", None))
    job, row = await desk.finish(alice)
    live = await desk.frames(job)
    _forget()
    frames = await desk.frames(job, after)
    assert [event for _number, event, _data in frames] == ["snapshot", "done"]
    assert joined(frames) == row.text
    # The numbers are those of the frames that it stands for.
    assert [number for number, *_rest in frames] == [len(live) - 1, len(live)]
    assert frames[-1] == live[-1]


async def test_who_has_all_but_the_end_gets_the_end(desk: Desk, alice: User) -> None:
    job, _row = await desk.finish(alice)
    live = await desk.frames(job)
    _forget()
    assert await desk.frames(job, after=len(live) - 1) == live[-1:]


async def test_a_failure_is_told_from_the_row(desk: Desk, alice: User) -> None:
    desk.provider.say("Half", ProviderError(ErrorKind.SERVER))
    job, _row = await desk.finish(alice)
    live = await desk.frames(job)
    _forget()
    frames = await desk.frames(job)
    assert joined(frames) == "Half"
    assert frames[-1] == live[-1]


@pytest.mark.parametrize("after", [4, 999_999_999])
async def test_nobody_is_told_numbers_that_the_row_does_not_know(
    desk: Desk, alice: User, after: int
) -> None:
    facts: Any = {"status": "FAILED", "error_code": "interrupted", "text": "Half", "frame_count": 4}
    row = await in_database(make_generation, alice, **facts)
    frames = [each async for batch in follow(row.id, after) for each in batch]
    assert [(each.number, each.event) for each in frames] == [(3, "snapshot"), (4, "error")]


async def test_a_generation_of_another_process_is_waited_for(
    desk: Desk, alice: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(following, "POLL_SECONDS", 0.02)
    row = await in_database(make_generation, alice, text="Half", frame_count=4)
    monkeypatch.setattr(tape, "HEARTBEAT_SECONDS", 0.02)
    got: list[list[Frame]] = []

    async def read() -> None:
        async for each in follow(row.id, 2):
            got.append(each)  # noqa: PERF401  (read while it is written)

    reading = asyncio.ensure_future(read())
    await desk.until(lambda: len(got) > 2)
    assert not any(got)
    outcome = Outcome("FAILED", text="Half", error_code="interrupted", frame_count=5)
    await in_database(settle, row.id, outcome)
    await asyncio.wait_for(reading, 5)
    frames = [each for batch in got for each in batch]
    assert [each.event for each in frames] == ["snapshot", "error"]
    assert json.loads(frames[0].data) == {"text": "Half"}
    assert [each.number for each in frames] == [4, 5]


async def test_silence_is_broken_to_keep_proxies_awake(
    desk: Desk, alice: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(tape, "HEARTBEAT_SECONDS", 0.02)
    desk.provider.say(0.2, "x", Finished("stop", None))
    job = await desk.write(alice)
    got = [frames async for frames in follow(job.id)]
    assert got.count([]) >= 3
    assert [each.event for frames in got for each in frames] == ["start", "delta", "done"]


def test_a_frame_is_a_server_sent_event() -> None:
    written = frame(7, "delta", {"text": "two\nlines — 粘土 \u2028"})
    raw = written.as_sse().decode()
    assert raw.startswith("id: 7\nevent: delta\ndata: ")
    assert raw.endswith("\n\n")
    assert raw.count("\n") == 4
    assert json.loads(raw.split("data: ", 1)[1]) == {"text": "two\nlines — 粘土 \u2028"}


@pytest.mark.parametrize(("event", "is_last"), [("done", True), ("error", True), ("delta", False)])
def test_nothing_follows_the_end(event: str, is_last: bool) -> None:
    assert frame(1, event, {}).is_last is is_last
