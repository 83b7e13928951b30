"""Leaving, following, cancelling and stopping."""

import asyncio
import gc
import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.utils import translation

from accounts.models import User
from ai import breaker, engine, health, ledger
from ai.ask_text import ask_for
from ai.brief import Brief
from ai.database import in_database
from ai.models import Generation, Producer, ProviderCall, UsagePeriod
from ai.providers.base import ErrorKind, Finished, ModelRef, ProviderError, Usage
from ai.twins import AlreadyOpened
from tests.ai.conftest import PATIENCE_SECONDS, Desk, joined

END = Finished("stop", Usage(20, 0, 5))


async def _used(user: User) -> tuple[int, int]:
    period = await in_database(UsagePeriod.objects.get, user=user)
    return period.generations_used, period.generations_reserved


async def test_a_client_that_leaves_stops_nothing(desk: Desk, alice: User) -> None:
    desk.provider.say("Clay ", 0.2, "remembers.", END)
    job = await desk.write(alice)
    reading = asyncio.ensure_future(desk.frames(job))
    await desk.until(lambda: job.has_text)
    reading.cancel()
    await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
    row = await desk.row(job)
    assert (row.status, row.text) == ("DONE", "Clay remembers.")
    assert await _used(alice) == (1, 0)
    assert len(desk.provider.requests) == 1


async def test_a_client_that_leaves_while_it_starts_orphans_no_row(desk: Desk, alice: User) -> None:
    starting = asyncio.ensure_future(desk.write(alice))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    ended = Generation.objects.exclude(status="STREAMING")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await in_database(ended.exists):  # noqa: ASYNC110  (only the row tells)
            await asyncio.sleep(0.01)
    assert (await in_database(Generation.objects.get)).status == "DONE"
    await desk.until(lambda: not engine._jobs)


async def test_all_who_follow_see_the_same(desk: Desk, alice: User) -> None:
    desk.provider.say(*(step for number in range(6) for step in (f"{number} ", 0.03)), END)
    job = await desk.write(alice)
    early = asyncio.ensure_future(desk.frames(job))
    await desk.until(lambda: len(job.stream.frames) >= 4)
    late, resumed = await asyncio.gather(desk.frames(job), desk.frames(job, after=3))
    assert await early == late
    assert resumed == late[3:]
    afterwards = await desk.frames(job)
    assert afterwards == late
    # Who has read it all, or claims more, still learns how it ended, under its own number.
    assert await desk.frames(job, after=len(late)) == late[-1:]
    assert await desk.frames(job, after=999_999) == late[-1:]


@pytest.mark.parametrize("moment", ["before the first step", "before the first token", "between"])
async def test_a_cancel_stops_upstream_and_settles(desk: Desk, alice: User, moment: str) -> None:
    steps = ("Half", 30.0) if moment == "between" else (30.0,)
    desk.provider.say(*steps, END)
    if moment == "before the first step":
        job = await engine._start(alice, ask_for(Brief("About clay")), is_unlimited=False)
        assert not job.has_begun
    else:
        job = await desk.write(alice)
        await desk.until(lambda: job.has_text or moment != "between")
        await desk.until(lambda: desk.provider.requests)
    await engine.cancel(job.id)
    row = await desk.row(job)
    text = "Half" if moment == "between" else ""
    assert (row.status, row.text, row.error_code) == ("CANCELED", text, "")
    assert row.finish_reason == "canceled"
    assert desk.provider.closed == len(desk.provider.requests)
    assert await _used(alice) == (1 if text else 0, 0)
    frames = await desk.frames(job)
    assert frames[-1][1] == "done"
    assert frames[-1][2]["status"] == "CANCELED"
    assert joined(frames) == text


async def test_a_cancel_behind_the_end_changes_nothing(desk: Desk, alice: User) -> None:
    job, row = await desk.finish(alice)
    assert engine.cancel_local(job.id) is False
    await engine.cancel(job.id)
    assert (await desk.row(job)).status == row.status == "DONE"


async def test_two_cancels_are_one(desk: Desk, alice: User) -> None:
    desk.provider.say("Half", 30.0, END)
    job = await desk.write(alice)
    await desk.until(lambda: job.has_text)
    await asyncio.gather(*(engine.cancel(job.id) for _ in range(5)))
    assert (await desk.row(job)).status == "CANCELED"
    assert await _used(alice) == (1, 0)


@pytest.mark.parametrize("delay", [0.0, 0.001, 0.005, 0.02])
async def test_a_cancel_at_any_moment_settles_once(desk: Desk, alice: User, delay: float) -> None:
    desk.provider.say("a ", 0.004, "b ", 0.004, "c", END)
    job = await desk.write(alice)
    await asyncio.sleep(delay)
    await engine.cancel(job.id)
    row = await desk.row(job)
    assert row.status in {"DONE", "CANCELED"}
    assert joined(await desk.frames(job)) == row.text
    assert await _used(alice) == (1 if row.text else 0, 0)


async def test_stopping_ends_what_runs_and_takes_nothing_new(desk: Desk, alice: User) -> None:
    desk.provider.say("Half", 30.0, END)
    jobs = [await desk.write(alice) for _ in range(3)]
    await desk.until(lambda: all(job.has_text for job in jobs))
    await asyncio.wait_for(engine.stop(grace_seconds=0.1), PATIENCE_SECONDS)
    for job in jobs:
        row = await desk.row(job)
        assert (row.status, row.error_code, row.text) == ("FAILED", "interrupted", "Half")
        assert (await desk.frames(job))[-1][2]["code"] == "interrupted"
    assert desk.provider.closed == 3
    with pytest.raises(engine.Overloaded):
        await desk.write(alice)
    assert await in_database(Generation.objects.count) == 3


async def test_what_is_nearly_done_may_come_to_its_end(desk: Desk, alice: User) -> None:
    desk.provider.say("Half", 0.3, " and half", END)
    job = await desk.write(alice)
    await desk.until(lambda: job.has_text)
    stopping = asyncio.ensure_future(engine.stop(grace_seconds=5.0))
    await asyncio.sleep(0)
    with pytest.raises(engine.Overloaded):
        await desk.write(alice)
    await asyncio.wait_for(stopping, PATIENCE_SECONDS)
    row = await desk.row(job)
    assert (row.status, row.text) == ("DONE", "Half and half")
    producer = await in_database(Producer.objects.get)
    assert producer.ended_at is not None


async def test_what_starts_while_it_stops_ends_too(desk: Desk, alice: User) -> None:
    desk.provider.say("Half", 30.0, END)
    starting = asyncio.ensure_future(desk.write(alice))
    await asyncio.sleep(0)
    await asyncio.wait_for(engine.stop(grace_seconds=0.1), PATIENCE_SECONDS)
    await asyncio.wait([starting], timeout=PATIENCE_SECONDS)
    await desk.until(lambda: engine._jobs == {})
    rows = await in_database(lambda: list(Generation.objects.values_list("status", flat=True)))
    assert rows in ([], ["FAILED"])


async def test_failures_are_told_in_the_readers_language(desk: Desk, alice: User) -> None:
    desk.provider.say(ProviderError(ErrorKind.INVALID))
    sentences = set()
    for language in ("en", "fr"):
        with translation.override(language):
            job, _row = await desk.finish(alice)
            frames: Any = await desk.frames(job)
        sentences.add(frames[-1][2]["error"])
    assert len(sentences) == 2


@pytest.mark.parametrize(
    ("error", "lines"),
    [(AlreadyOpened(uuid4()), 0), (OperationalError("gone"), 0), (ZeroDivisionError(), 1)],
)
async def test_who_leaves_is_not_told_and_only_a_defect_is_noted(
    desk: Desk, alice: User, monkeypatch: Any, caplog: Any, error: Exception, lines: int
) -> None:
    has_come, may_go = threading.Event(), threading.Event()

    def refuse(**_: Any) -> None:
        has_come.set()
        assert may_go.wait(PATIENCE_SECONDS)
        raise error

    monkeypatch.setattr(ledger, "open_generation", refuse)
    starting = asyncio.ensure_future(desk.write(alice))
    await desk.until(has_come.is_set)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    may_go.set()
    await desk.until(lambda: not engine._starting)
    gc.collect()
    # Neither asyncio's complaint of an error that nobody looked at, nor one of ours.
    assert len(caplog.records) == lines


async def test_a_cancel_between_two_models_leaves_no_call_open(
    desk: Desk, alice: User, monkeypatch: Any
) -> None:
    has_begun, may_go_on = threading.Event(), threading.Event()
    real = ledger.calls.fill_in

    def slow(*args: Any) -> None:
        # By the thread that writes the next call, and has locked the generation.
        has_begun.set()
        may_go_on.wait(PATIENCE_SECONDS)
        real(*args)

    monkeypatch.setattr(ledger.calls, "fill_in", slow)
    desk.provider.say(ProviderError(ErrorKind.SERVER), model="mini-1")
    job = await desk.write(alice)
    await desk.until(has_begun.is_set)
    engine.cancel_local(job.id)
    await asyncio.sleep(0)
    may_go_on.set()
    await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
    assert (await desk.row(job)).status == "CANCELED"
    statuses = ProviderCall.objects.order_by("attempt").values_list("status", flat=True)
    assert await in_database(list, statuses) == ["RELEASED", "RELEASED"]
    assert [request.model for request in desk.provider.requests] == ["mini-1"]


@pytest.mark.parametrize("steps", [(30.0,), ("Half", 30.0)])
async def test_a_cancel_keeps_no_model_from_others(
    desk: Desk, alice: User, monkeypatch: Any, steps: Any
) -> None:
    # Half-open as soon as it opens.
    monkeypatch.setattr(breaker, "OPEN_SECONDS", 0.0)
    ref = ModelRef("fake", "mini-1")
    for _ in range(breaker.FAILURES_TO_OPEN):
        await health.record(ref, ErrorKind.SERVER)
    desk.provider.say(*steps, END)
    job = await desk.write(alice)
    await desk.until(lambda: job.has_text if "Half" in steps else desk.provider.requests)
    # The one that tries is ours.
    assert desk.provider.requests[0].model == ref.model
    assert await health.allows(ref) is False
    engine.cancel_local(job.id)
    await asyncio.wait_for(job.finished.wait(), PATIENCE_SECONDS)
    assert await health.allows(ref) is True
