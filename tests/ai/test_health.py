"""The circuit breaker: its rules, one process, several at once, and no cache."""

import asyncio
from typing import Any

import pytest
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as RedisAway

from ai import breaker, health
from ai.breaker import FAILURES_TO_OPEN, Opened, Outcomes, State, opened
from ai.providers.base import ErrorKind, ModelRef
from api.shared_cache import CacheAway

REF = ModelRef("fake", "mini-1")
OTHER = ModelRef("fake", "mini-2")


class Clock:
    """Both clocks that the breaker reads."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Clock:
    found = Clock()
    settings.REDIS_URL = ""
    monkeypatch.setattr(health, "time", found)
    monkeypatch.setattr("random.random", lambda: 0.5)
    return found


async def _fail(times: int, kind: ErrorKind = ErrorKind.SERVER, ref: ModelRef = REF) -> None:
    for _ in range(times):
        await health.record(ref, kind)


async def _in_another_process(work: Any) -> Any:
    """What another process would do: the cache is the same, what is known of it is not."""
    kept = dict(health._views)
    health._views.clear()
    try:
        return await work()
    finally:
        health._views.clear()
        health._views.update(kept)


async def test_it_opens_after_so_many_failures_in_a_row(clock: Clock) -> None:
    await _fail(FAILURES_TO_OPEN - 1)
    assert await health.allows(REF)
    await _fail(1)
    assert not await health.allows(REF)
    assert await health.allows(OTHER)
    assert not await _in_another_process(lambda: health.allows(REF))


async def test_a_success_between_begins_anew(clock: Clock) -> None:
    for _ in range(4):
        await _fail(FAILURES_TO_OPEN - 1)
        await health.record(REF)
    assert await health.allows(REF)


@pytest.mark.parametrize(
    "kind", [ErrorKind.INVALID, ErrorKind.CONTENT_FILTER, ErrorKind.PROMPT_TOO_LONG]
)
async def test_a_requests_own_fault_opens_nothing(clock: Clock, kind: ErrorKind) -> None:
    await _fail(50, kind)
    assert await health.allows(REF)


@pytest.mark.parametrize("kind", [ErrorKind.AUTH, ErrorKind.RATE_LIMIT, ErrorKind.NETWORK])
async def test_what_is_theirs_opens(clock: Clock, kind: ErrorKind) -> None:
    await _fail(FAILURES_TO_OPEN, kind)
    assert not await health.allows(REF)


async def test_every_other_call_failing_is_too_much(clock: Clock) -> None:
    for _ in range(10):
        await health.record(REF)
        await _fail(1)
    assert not await health.allows(REF)


async def test_failures_of_two_processes_add_up(clock: Clock) -> None:
    await _fail(FAILURES_TO_OPEN - 2)
    await _in_another_process(lambda: _fail(2))
    clock.now += health.MEMO_SECONDS
    assert not await health.allows(REF)


async def test_failures_long_apart_do_not(clock: Clock) -> None:
    await _fail(FAILURES_TO_OPEN - 1)
    # The cache has a clock of its own.
    cache.delete(health._key("failures", REF))
    await _fail(1)
    assert await health.allows(REF)


async def test_when_its_time_is_up_a_single_call_may_try(clock: Clock) -> None:
    await _fail(FAILURES_TO_OPEN)
    clock.now += breaker.OPEN_SECONDS - 1
    assert not await health.allows(REF)
    clock.now += 1
    let_through = [await health.allows(REF) for _ in range(5)]
    let_through += [await _in_another_process(lambda: health.allows(REF)) for _ in range(5)]
    assert let_through.count(True) == 1


async def test_one_of_many_at_once_may_try(clock: Clock) -> None:
    await _fail(FAILURES_TO_OPEN)
    clock.now += breaker.OPEN_SECONDS
    assert sum(await asyncio.gather(*(health.allows(REF) for _ in range(50)))) == 1


async def test_a_try_that_succeeds_closes_everywhere(clock: Clock) -> None:
    await _fail(FAILURES_TO_OPEN)
    clock.now += breaker.OPEN_SECONDS
    assert await _in_another_process(lambda: health.allows(REF))
    assert not await health.allows(REF)
    await _in_another_process(_try_and_succeed)
    clock.now += health.MEMO_SECONDS
    assert await health.allows(REF)
    await _fail(FAILURES_TO_OPEN - 1)
    assert await health.allows(REF)


async def _try_and_succeed() -> None:
    await health.allows(REF)
    await health.record(REF)


async def test_a_try_that_fails_opens_for_longer(clock: Clock) -> None:
    await _fail(FAILURES_TO_OPEN)
    clock.now += breaker.OPEN_SECONDS
    assert await health.allows(REF)
    await _fail(1)
    clock.now += breaker.OPEN_SECONDS + 1
    assert not await health.allows(REF)
    clock.now += breaker.OPEN_SECONDS
    assert await health.allows(REF)


async def test_late_failures_of_calls_from_before_prolong_nothing(clock: Clock) -> None:
    await _fail(FAILURES_TO_OPEN * 4)
    clock.now += breaker.OPEN_SECONDS
    assert await health.allows(REF)


async def test_a_healthy_model_costs_the_cache_a_look_a_second(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[ModelRef] = []
    monkeypatch.setattr(health, "_look", looks.append)
    for _ in range(100):
        assert await health.allows(REF)
        await health.record(REF)
    assert looks == [REF]


async def test_without_the_cache_everything_may_be_asked(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    await _fail(FAILURES_TO_OPEN)
    health.forget_health()
    settings.REDIS_URL = "redis://127.0.0.1:1"

    def away(_ask: Any) -> Any:
        raise CacheAway from RedisAway()

    monkeypatch.setattr(health, "shared_cache", away)
    assert await health.allows(REF)
    await _fail(FAILURES_TO_OPEN)
    assert await health.allows(REF)


async def test_the_states_are_told(clock: Clock, scripted: Any) -> None:
    await _fail(FAILURES_TO_OPEN, ErrorKind.AUTH)
    await _fail(2, ref=OTHER)
    found = {str(each.ref): each for each in health.states()}
    assert [*found] == ["fake:mini-1", "fake:mini-2", "fake:full-1"]
    first = found["fake:mini-1"]
    assert (first.state, first.since, first.kind) == (State.OPEN, clock.now, "auth")
    assert first.until == clock.now + breaker.OPEN_SECONDS
    assert (found["fake:mini-2"].state, found["fake:mini-2"].failures) == (State.CLOSED, 2)
    clock.now += breaker.OPEN_SECONDS
    assert health.states()[0].state == State.HALF_OPEN


@given(st.integers(1, 40), st.floats(0, 1))
def test_openings_grow_and_have_a_bound(times: int, chance: float) -> None:
    found: Opened | None = None
    for _ in range(times):
        found = opened(found, kind="server", now=100.0, chance=chance)
    assert found is not None
    least = min(breaker.OPEN_SECONDS * 2 ** (times - 1), breaker.MAX_OPEN_SECONDS)
    assert least * 0.79 <= found.until - 100 <= least * 1.21
    assert (found.since, found.trips) == (100.0, times)


def test_few_outcomes_say_nothing() -> None:
    outcomes = Outcomes()
    for _ in range(breaker.LEAST_OUTCOMES - 1):
        outcomes.add(0.0, is_ok=False)
    assert not outcomes.are_bad(1.0)
    outcomes.add(0.0, is_ok=False)
    assert outcomes.are_bad(1.0)
    assert not outcomes.are_bad(breaker.WINDOW_SECONDS + 1)


async def test_the_router_hears_who_fails(clock: Clock) -> None:
    both = {REF, OTHER}
    assert health.closed_to(both) == frozenset()
    await _fail(FAILURES_TO_OPEN)
    assert health.closed_to(both) == {REF}

    async def elsewhere() -> frozenset[ModelRef]:
        return health.closed_to(both)

    assert await _in_another_process(elsewhere) == {REF}
    # Half-open: somebody has to try.
    clock.now += breaker.OPEN_SECONDS * 2
    assert health.closed_to(both) == frozenset()


async def test_the_router_takes_all_for_well_without_a_cache(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_ask: Any) -> None:
        raise CacheAway

    monkeypatch.setattr(health, "shared_cache", away)
    assert health.closed_to({REF, OTHER}) == frozenset()
