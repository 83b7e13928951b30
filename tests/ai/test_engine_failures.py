"""The engine when models, the database or we ourselves fail."""

from typing import Any

import pytest
from django.db import OperationalError

from accounts.models import User
from ai import health, ledger
from ai.database import in_database
from ai.models import Generation, UsagePeriod
from ai.providers.base import Delta, ErrorKind, Finished, ModelRef, ProviderError, Usage
from ai.switches import switch_model
from tests.ai.conftest import Desk, joined

END = Finished("stop", Usage(20, 0, 5))
FALLS_BACK = [
    ErrorKind.RATE_LIMIT,
    ErrorKind.TIMEOUT,
    ErrorKind.SERVER,
    ErrorKind.NETWORK,
    ErrorKind.AUTH,
]


async def _counters(user: User) -> Any:
    period = await in_database(UsagePeriod.objects.get, user=user)
    return period.generations_used, period.generations_reserved, period.spend_reserved_usd


@pytest.mark.parametrize("kind", FALLS_BACK)
async def test_another_model_writes_when_the_first_does_not(
    desk: Desk, alice: User, kind: ErrorKind
) -> None:
    desk.provider.say(ProviderError(kind), model="mini-1")
    job, row = await desk.finish(alice)
    frames = await desk.frames(job)
    assert frames[1][1:] == (
        "route",
        {"provider": "fake", "model": "mini-2", "tier": "mini"},
    )
    assert [number for number, *_rest in frames] == list(range(1, len(frames) + 1))
    assert (row.status, row.model, row.text) == ("DONE", "mini-2", "Clay remembers the hand.")
    assert frames[-1][2]["model"] == "mini-2"


@pytest.mark.parametrize("kind", [ErrorKind.INVALID, ErrorKind.CONTENT_FILTER])
async def test_what_is_refused_is_not_asked_elsewhere(
    desk: Desk, alice: User, kind: ErrorKind
) -> None:
    desk.provider.say(ProviderError(kind))
    _job, row = await desk.finish(alice)
    assert [request.model for request in desk.provider.requests] == ["mini-1"]
    assert row.status == "FAILED"


@pytest.mark.parametrize("kind", list(ErrorKind))
async def test_a_failure_in_the_middle_keeps_the_text(
    desk: Desk, alice: User, kind: ErrorKind
) -> None:
    desk.provider.say("Half a ", "sentence", ProviderError(kind))
    job, row = await desk.finish(alice)
    frames = await desk.frames(job)
    assert [request.model for request in desk.provider.requests] == ["mini-1"]
    assert (row.status, row.text) == ("FAILED", "Half a sentence")
    assert joined(frames) == row.text
    _number, event, data = frames[-1]
    assert event == "error"
    assert set(data) >= {"error", "code", "retryable"}
    assert data["code"] == row.error_code
    assert row.is_usage_estimated
    assert row.cost_usd
    assert await _counters(alice) == (1, 0, 0)


async def test_when_no_model_answers_nothing_is_counted(desk: Desk, alice: User) -> None:
    desk.provider.say(ProviderError(ErrorKind.NETWORK), model="mini-1")
    desk.provider.say(ProviderError(ErrorKind.RATE_LIMIT), model="mini-2")
    job, row = await desk.finish(alice)
    assert (row.status, row.error_code, row.text) == ("FAILED", "provider_unavailable", "")
    # Each was asked, and once more after a while.
    asked = [request.model for request in desk.provider.requests]
    assert asked[:2] == ["mini-1", "mini-2"]
    assert sorted(asked[2:]) == ["mini-1", "mini-2"]
    calls = await in_database(lambda: list(row.calls.order_by("attempt")))
    assert [call.model for call in calls] == asked
    assert {call.status for call in calls} == {"RELEASED"}
    assert all(call.cost_usd is None for call in calls)
    assert (await desk.frames(job))[-1][2]["retryable"] is True
    assert await _counters(alice) == (0, 0, 0)


@pytest.mark.parametrize("steps", [(END,), ("  ", "\n", END)])
async def test_an_answer_of_nothing_is_a_failure(desk: Desk, alice: User, steps: Any) -> None:
    desk.provider.say(*steps)
    _job, row = await desk.finish(alice)
    assert (row.status, row.error_code) == ("FAILED", "empty")
    # White space is nothing: the count is given back.
    assert (await _counters(alice))[:2] == (0, 0)


async def test_a_defect_ends_the_generation_too(desk: Desk, alice: User) -> None:
    async def stream(_request: Any) -> Any:
        yield Delta("Some ")
        raise ZeroDivisionError("sk-secret")

    desk.provider.stream = stream  # type: ignore[method-assign, assignment]
    job, row = await desk.finish(alice)
    assert (row.status, row.error_code, row.text) == ("FAILED", "internal", "Some ")
    assert "sk-secret" not in str(await desk.frames(job))
    assert await _counters(alice) == (1, 0, 0)


async def test_a_database_that_fails_once_is_asked_again(
    desk: Desk, alice: User, monkeypatch: Any
) -> None:
    tries: list[int] = []
    real = ledger.settle

    def settle(*args: Any) -> Generation:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("gone")
        return real(*args)

    monkeypatch.setattr(ledger, "settle", settle)
    _job, row = await desk.finish(alice)
    assert len(tries) == 2
    assert row.status == "DONE"
    assert await _counters(alice) == (1, 0, 0)


async def test_models_that_fail_everybody_are_not_asked(
    desk: Desk, alice: User, monkeypatch: Any
) -> None:
    async def allows(ref: ModelRef) -> bool:
        return ref.model == "mini-2"

    async def none(_ref: ModelRef) -> bool:
        return False

    monkeypatch.setattr(health, "allows", allows)
    _job, row = await desk.finish(alice)
    assert (row.status, row.model) == ("DONE", "mini-2")
    assert [request.model for request in desk.provider.requests] == ["mini-2"]
    calls = await in_database(lambda: list(row.calls.order_by("attempt")))
    assert [call.status for call in calls] == ["RELEASED", "SETTLED"]
    monkeypatch.setattr(health, "allows", none)
    _job, row = await desk.finish(alice)
    assert (row.status, row.error_code) == ("FAILED", "provider_unavailable")
    assert len(desk.provider.requests) == 1
    assert await _counters(alice) == (1, 0, 0)


async def test_a_model_that_is_switched_off_meanwhile_is_not_asked(
    desk: Desk, alice: User, sam: User
) -> None:
    desk.provider.say(0.3, ProviderError(ErrorKind.SERVER), model="mini-1")
    job = await desk.write(alice)
    await desk.until(lambda: desk.provider.requests)
    await in_database(
        switch_model, by=sam, provider="fake", model="mini-2", is_off=True, reason="It lies."
    )
    await desk.until(job.finished.is_set)
    assert {request.model for request in desk.provider.requests} == {"mini-1"}
    assert (await desk.row(job)).status == "FAILED"


@pytest.mark.parametrize(("after", "is_noted"), [(0.1, False), (None, True), (60.0, True)])
async def test_a_model_that_says_when_it_is_free_is_no_broken_one(
    desk: Desk, alice: User, monkeypatch: Any, after: float | None, is_noted: bool
) -> None:
    noted: list[ModelRef] = []

    async def record(ref: ModelRef, kind: ErrorKind | None = None) -> None:
        if kind is not None:
            noted.append(ref)

    monkeypatch.setattr(health, "record", record)
    error = ProviderError(ErrorKind.RATE_LIMIT, retry_after_seconds=after)
    desk.provider.say(error, model="mini-1")
    _job, row = await desk.finish(alice)
    assert (row.status, row.model) == ("DONE", "mini-2")
    assert bool(noted) is is_noted
