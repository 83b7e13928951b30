"""Ends that the database would not take, and answers of its that were lost."""

from datetime import timedelta
from typing import Any
from unittest.mock import ANY

import pytest
from django.db import OperationalError
from redis import Redis

from accounts.models import User
from ai import engine, ledger
from ai.bereaved import end_bereaved
from ai.database import in_database
from ai.job import Job
from ai.keeper import keeper
from ai.ledger import settle_abandoned
from ai.ledger.rebuild import drift_of
from ai.models import UsagePeriod
from ai.providers.base import ErrorKind, ProviderError
from tests.ai.accounting import counters
from tests.ai.conftest import Desk, joined
from tests.ai.redis_log import frames_of, hide_memory


async def _owed(desk: Desk, user: User, monkeypatch: pytest.MonkeyPatch) -> Job:
    """One that was written to its end while the database was away, which it no longer is."""

    def settle(*_args: Any) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "SETTLE_TRIES", 1)
        patch.setattr(ledger, "settle", settle)
        job, _row = await desk.finish(user)
    return job


async def test_a_database_that_stays_away_is_made_up_for_later(
    desk: Desk, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await _owed(desk, alice, monkeypatch)
    row = await desk.row(job)
    assert row.status == "STREAMING"
    frames = await desk.frames(job)
    _number, event, data = frames[-1]
    # Nothing was interrupted: it is all here, and cannot be saved yet.
    assert (event, data["code"], data["retryable"]) == ("error", "unavailable", True)
    await keeper(engine._jobs)._pay()
    row = await desk.row(job)
    assert (row.status, row.text) == ("DONE", joined(frames))
    # Who looks again is told what the row says.
    assert [each[1] for each in await desk.frames(job)] == ["snapshot", "done"]
    assert await desk.frames(job, after=len(frames)) == [(len(frames), "done", ANY)]
    assert await in_database(counters, alice) == (1, 0, row.cost_usd, 0)


@pytest.mark.redis
async def test_what_is_made_up_for_later_is_told_everywhere(
    desk: Desk, alice: User, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await _owed(desk, alice, monkeypatch)
    await desk.until(lambda: any(each.is_last for each in frames_of(redis, job.id)))
    await keeper(engine._jobs)._pay()
    hide_memory(monkeypatch)
    assert [each[1] for each in await desk.frames(job)] == ["snapshot", "done"]


async def test_a_process_that_dies_owing_an_end_is_made_up_for(
    desk: Desk, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await _owed(desk, alice, monkeypatch)
    assert len(await in_database(settle_abandoned, lease=timedelta(0))) == 1
    assert (await desk.row(job)).error_code == "interrupted"


async def test_a_commit_whose_answer_is_lost_leaves_no_call_open(
    desk: Desk, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ledger.turn_over

    def turn_over(*args: Any) -> None:
        real(*args)
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(ledger, "turn_over", turn_over)
    desk.provider.say(ProviderError(ErrorKind.SERVER), model="mini-1")
    _job, row = await desk.finish(alice)
    assert (row.status, row.error_code) == ("FAILED", "internal")
    # The periodic job; no generation is left to be ended.
    assert await in_database(end_bereaved, lease=timedelta(hours=1)) == 0
    statuses = await in_database(lambda: [call.status for call in row.calls.all()])
    assert statuses == ["RELEASED", "RELEASED"]
    assert await in_database(counters, alice) == (0, 0, 0, 0)
    assert await in_database(drift_of, UsagePeriod.objects.all()) == []
