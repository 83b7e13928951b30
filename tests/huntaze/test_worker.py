"""The background worker comes back, however it ends."""

import asyncio
import logging
from typing import Any

import pytest
from django.db import OperationalError

from huntaze import tasks


class Worker:
    """Ends as it is told to, again and again, then works on."""

    def __init__(self, *endings: Exception | None) -> None:
        self.endings = list(endings)
        self.starts = 0
        self.is_working = asyncio.Event()

    async def run_once(self) -> None:
        self.starts += 1
        if self.starts > len(self.endings):
            self.is_working.set()
            await asyncio.Event().wait()
        if (ending := self.endings[self.starts - 1]) is not None:
            raise ending


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: Any) -> None:
    monkeypatch.setattr(tasks, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(tasks, "LONGEST_PAUSE_SECONDS", 0.02)


@pytest.mark.parametrize("ending", [OperationalError("gone"), RuntimeError("a defect"), None])
async def test_it_starts_again_after_each_end(
    monkeypatch: Any, caplog: Any, ending: Exception | None
) -> None:
    worker = Worker(ending, ending)
    monkeypatch.setattr(tasks, "_run_once", worker.run_once)
    with caplog.at_level(logging.WARNING, "huntaze.worker"):
        async with tasks.worker_inside():
            await asyncio.wait_for(worker.is_working.wait(), 5)
    assert worker.starts == 3
    assert caplog.text.count("it starts again") == 2


async def test_a_dead_connection_is_let_go_before_the_next_start(monkeypatch: Any) -> None:
    worker = Worker(OperationalError("gone"), OperationalError("gone"))
    given_back_before: list[int] = []
    monkeypatch.setattr(tasks, "_run_once", worker.run_once)
    monkeypatch.setattr(
        tasks, "give_back_connections", lambda: given_back_before.append(worker.starts + 1)
    )
    async with tasks.worker_inside():
        await asyncio.wait_for(worker.is_working.wait(), 5)
    assert given_back_before == [2, 3]


async def test_the_pauses_grow_to_the_longest(monkeypatch: Any) -> None:
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    worker = Worker(*[OperationalError("gone")] * 4)
    monkeypatch.setattr(tasks, "_run_once", worker.run_once)
    monkeypatch.setattr(tasks, "LONGEST_PAUSE_SECONDS", 0.03)
    monkeypatch.setattr(asyncio, "sleep", note)
    async with tasks.worker_inside():
        await asyncio.wait_for(worker.is_working.wait(), 5)
    assert pauses == [0.01, 0.02, 0.03, 0.03]


async def test_it_ends_with_the_server(monkeypatch: Any) -> None:
    worker = Worker()
    monkeypatch.setattr(tasks, "_run_once", worker.run_once)
    before = asyncio.all_tasks()
    async with tasks.worker_inside():
        await asyncio.wait_for(worker.is_working.wait(), 5)
    assert asyncio.all_tasks() == before
