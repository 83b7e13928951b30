"""Which models answer: a circuit breaker for each, shared by all processes through the cache.

A call of a healthy model costs no trip to the cache but one a second and process. While the cache
is away every model may be asked, as if it were healthy.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict, dataclass

from django.conf import settings
from django.core.cache import cache

from ai.breaker import FAILURES_TO_OPEN, WINDOW_SECONDS, Opened, Outcomes, State, opened
from ai.providers.base import THEIR_FAULT, ErrorKind, ModelRef
from ai.registry import chosen_models
from api.shared_cache import CacheAway, shared_cache

logger = logging.getLogger("huntaze.ai")

MEMO_SECONDS = 1.0
# Longer than the first token is waited for; a probe that never tells frees its place after it.
PROBE_SECONDS = 75
# An opening that nobody tries any more is forgotten.
FORGET_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Health:
    """How a model is doing, for people and for metrics."""

    ref: ModelRef
    state: State
    failures: int
    since: float | None
    until: float | None
    kind: str


@dataclass(slots=True)
class _View:
    """What this process knows of a model, and when it asked."""

    outcomes: Outcomes
    asked_at: float = float("-inf")
    opened: Opened | None = None
    failures: int = 0


_views: dict[ModelRef, _View] = {}


def _key(what: str, ref: ModelRef) -> str:
    return f"ai:breaker:{what}:{ref}"


def _view(ref: ModelRef) -> _View:
    return _views.setdefault(ref, _View(Outcomes()))


def forget_health() -> None:
    """Ask the cache anew."""
    _views.clear()


async def allows(ref: ModelRef) -> bool:
    """Whether a model may be asked now. While its breaker is half-open, one caller may, once."""
    view = _view(ref)
    if time.monotonic() - view.asked_at >= MEMO_SECONDS:
        # Before asking: whoever comes meanwhile goes by what was known.
        view.asked_at = time.monotonic()
        await _elsewhere(lambda: _look(ref))
    if view.opened is None:
        return True
    if view.opened.state(time.time()) == State.OPEN:
        return False
    won = await _elsewhere(lambda: cache.add(_key("probe", ref), 1, PROBE_SECONDS))
    return won is not False


def closed_to(refs: Collection[ModelRef]) -> frozenset[ModelRef]:
    """Those that nobody asks at the moment. Sync; a trip to the cache once a second and process.

    A breaker that is half-open lets somebody try, so its model is none of them.
    """
    now = time.monotonic()
    stale = [ref for ref in refs if now - _view(ref).asked_at >= MEMO_SECONDS]
    for ref in stale:
        _view(ref).asked_at = now
    if stale:
        with suppress(CacheAway):
            shared_cache(lambda: _look(*stale))
    opened_now = {ref: _view(ref).opened for ref in refs}
    return frozenset(
        ref for ref, found in opened_now.items() if found and found.state(time.time()) == State.OPEN
    )


async def record(ref: ModelRef, kind: ErrorKind | None = None) -> None:
    """How a call ended. A request's own fault tells that the provider is well."""
    view, is_ok = _view(ref), kind not in THEIR_FAULT
    view.outcomes.add(time.time(), is_ok=is_ok)
    if kind is not None and not is_ok:
        await _elsewhere(lambda: _failed(ref, kind))
    elif view.opened is not None or view.failures:
        await _elsewhere(lambda: _succeeded(ref))


async def give_back(ref: ModelRef) -> None:
    """A call was broken off before it told anything: where it was the one that tried, another may.

    Else a creator who changes their mind would keep a model from everybody.
    """
    found = _view(ref).opened
    if found is not None and found.state(time.time()) == State.HALF_OPEN:
        await _elsewhere(lambda: cache.delete(_key("probe", ref)))


def states() -> list[Health]:
    """Every configured model. Sync; asks the cache once. Closed, as calls see it, without one."""
    refs = list(dict.fromkeys([*chosen_models("mini"), *chosen_models("full")]))
    keys = [_key(what, ref) for ref in refs for what in ("open", "failures")]
    try:
        found = shared_cache(lambda: cache.get_many(keys))
    except CacheAway:
        found = {}
    return [
        _health(ref, found.get(_key("open", ref)), found.get(_key("failures", ref), 0))
        for ref in refs
    ]


def _health(ref: ModelRef, facts: dict[str, float] | None, failures: int) -> Health:
    if facts is None:
        return Health(ref, State.CLOSED, failures, None, None, "")
    found = Opened(**facts)  # type: ignore[arg-type]
    state = found.state(time.time())
    return Health(ref, state, failures, found.since, found.until, found.kind)


async def _elsewhere[Result](ask: Callable[[], Result]) -> Result | None:
    """Ask the cache off the event loop; None while it is away. Memory is asked where we are."""
    try:
        if not settings.REDIS_URL:
            return ask()
        return await asyncio.to_thread(shared_cache, ask)
    except CacheAway:
        return None


def _look(*refs: ModelRef) -> None:
    found = cache.get_many([_key(what, ref) for ref in refs for what in ("open", "failures")])
    for ref in refs:
        facts, view = found.get(_key("open", ref)), _view(ref)
        view.opened = Opened(**facts) if facts else None
        view.failures = found.get(_key("failures", ref), 0)


def _failed(ref: ModelRef, kind: ErrorKind) -> None:
    view, now = _view(ref), time.time()
    cache.add(_key("failures", ref), 0, WINDOW_SECONDS)
    try:
        view.failures = cache.incr(_key("failures", ref))
    except ValueError:
        # Its time was up between the two.
        view.failures = 1
    _look_at_opening(ref)
    if view.opened is not None:
        if view.opened.state(now) == State.HALF_OPEN:
            # The one that tried has failed.
            _open(ref, kind, now)
            cache.delete(_key("probe", ref))
    elif view.failures >= FAILURES_TO_OPEN or view.outcomes.are_bad(now):
        _open(ref, kind, now)


def _look_at_opening(ref: ModelRef) -> None:
    facts = cache.get(_key("open", ref))
    _view(ref).opened = Opened(**facts) if facts else None


def _open(ref: ModelRef, kind: ErrorKind, now: float) -> None:
    view = _view(ref)
    chance = random.random()  # noqa: S311  (jitter, no secret)
    before, after = view.opened, opened(view.opened, kind=kind.value, now=now, chance=chance)
    seconds = after.until - now + FORGET_SECONDS
    if before is not None:
        cache.set(_key("open", ref), asdict(after), seconds)
    elif cache.add(_key("open", ref), asdict(after), seconds):
        # Of several processes that find out at once, one says so.
        logger.warning("%s is not asked for %.0f s: %s", ref, after.until - now, kind)
    view.opened = after


def _succeeded(ref: ModelRef) -> None:
    view = _view(ref)
    _look_at_opening(ref)
    if view.opened is None:
        cache.delete(_key("failures", ref))
        view.failures = 0
    elif view.opened.state(time.time()) == State.HALF_OPEN:
        cache.delete_many([_key(what, ref) for what in ("open", "failures", "probe")])
        view.opened, view.failures = None, 0
        view.outcomes.clear()
        logger.warning("%s answers again", ref)
