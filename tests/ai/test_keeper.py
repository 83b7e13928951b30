"""What a process owes the database, and its lease."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from ai import engine
from ai.database import in_database
from ai.keeper import Keeper, keeper
from ai.ledger import Outcome
from ai.ledger.producers import ask_to_cancel
from ai.models import Generation, Producer
from ai.providers.base import Finished, Usage
from tests.ai.conftest import PATIENCE_SECONDS, Desk

END = Finished("stop", Usage(20, 0, 5))


async def test_an_end_that_is_never_taken_costs_nobody_the_lease(
    desk: Desk, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_row: Generation) -> None:
        raise ValueError

    monkeypatch.setattr("ai.keeper.SAVE_SECONDS", 0.05)
    monkeypatch.setattr("ai.keeper.BEAT_SECONDS", 0.05)
    desk.provider.say("Clay ", 30.0, END)
    bad, good = [await desk.write(alice, f"About clay {number}") for number in range(2)]
    found = keeper(engine._jobs)
    found.owe(bad.id, bad.outcome("DONE", call=None), fail)
    found.owe(good.id, good.outcome("DONE", call=None), None)
    before = await in_database(Producer.objects.get)
    await asyncio.sleep(0.5)
    assert (await in_database(Producer.objects.get)).beat_at > before.beat_at
    assert (await desk.row(good)).status == "DONE"
    assert (await desk.row(bad)).status == "STREAMING"


async def test_a_stop_that_only_the_row_tells_of_is_heard(
    desk: Desk, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ai.keeper.SAVE_SECONDS", 0.05)
    desk.provider.say("Clay ", 30.0, END)
    wanted, other = [await desk.write(alice, f"About clay {number}") for number in range(2)]
    await desk.until(lambda: wanted.has_text and other.has_text)
    await in_database(ask_to_cancel, [wanted.id])
    await asyncio.wait_for(wanted.finished.wait(), PATIENCE_SECONDS)
    row = await desk.row(wanted)
    assert (row.status, row.text) == ("CANCELED", "Clay ")
    assert not other.finished.is_set()
    # Behind its end nobody can ask for it.
    await in_database(ask_to_cancel, [other.id, wanted.id])
    await asyncio.wait_for(other.finished.wait(), PATIENCE_SECONDS)


async def test_another_process_is_told_to_stop_without_redis(
    desk: Desk, alice: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr("ai.keeper.SAVE_SECONDS", 0.05)
    desk.provider.say("Clay ", 30.0, END)
    job = await desk.write(alice)
    await desk.until(lambda: job.has_text)
    # As if it ran in another process, whose keeper goes on.
    monkeypatch.setattr(engine, "_jobs", {})
    await engine.cancel(job.id, wait_seconds=PATIENCE_SECONDS)
    assert (await desk.row(job)).status == "CANCELED"


async def test_a_row_that_is_gone_is_owed_nothing(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    found = Keeper({})
    found.owe(uuid4(), Outcome("DONE", text="Clay."), None)
    await found._pay()
    assert not found._owed
    assert caplog.text == ""
