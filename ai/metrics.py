"""What is counted of calls and generations, for /metrics: by all processes together.

Counts lie in a hash of Redis, or without it in the memory of the one process there then is. A call
costs one trip, behind its transaction and off the event loop; whole numbers, so nothing is lost.
"""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django_redis import get_redis_connection

from ai.models import Generation, ProviderCall
from ai.signals import generation_finished
from api.shared_cache import CacheAway, shared_cache

# (what, its labels …)
type Key = tuple[str, ...]

HASH = "huntaze:metrics"
# Milliseconds; the last one holds what took longer.
FIRST_TOKEN_BOUNDS = (50, 100, 200, 300, 500, 750, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000)
# Ends that nobody upstream is to blame for.
STOPPED = ("stopped", "skipped")
# Dollars are counted in these.
DOLLAR = Decimal("1e8")

_lock = threading.Lock()
_here: Counter[Key] = Counter()


def connect() -> None:
    """Called once, when the app is ready."""
    generation_finished.connect(_on_generation, dispatch_uid="ai.metrics_generation")


def observe_call(row: ProviderCall) -> None:
    """A call has ended; counted once the transaction stands."""
    # Robust: a count that is lost must not make a settled call look as if it were not.
    transaction.on_commit(partial(add, _of_call(row)), robust=True)


def _on_generation(generation: Generation, **_kwargs: Any) -> None:
    key = ("generations", generation.status, generation.tier, generation.kind)
    transaction.on_commit(partial(add, {key: 1}), robust=True)


def _of_call(row: ProviderCall) -> dict[Key, int]:
    who = (row.provider, row.model)
    outcome = "failed" if row.error_kind else "answered"
    if row.error_kind in STOPPED:
        outcome = "stopped"
    counts: dict[Key, int] = {("calls", *who, row.tier, row.purpose, outcome, row.error_kind): 1}
    tokens = {
        "fresh_input": row.fresh_input_tokens,
        "cache_read": row.cache_read_tokens,
        "cache_write": row.cache_write_tokens,
        "output": row.output_tokens,
        "reasoning": row.reasoning_tokens,
    }
    counts |= {("tokens", *who, bucket): count for bucket, count in tokens.items() if count}
    if row.cost_usd:
        counts["cost", *who] = int(row.cost_usd * DOLLAR)
    if row.first_token_ms is not None:
        reached = [bound for bound in FIRST_TOKEN_BOUNDS if row.first_token_ms <= bound]
        counts["first_token", *who, str(reached[0]) if reached else "+Inf"] = 1
        counts["first_token_sum", *who] = row.first_token_ms
    return counts


def add(counts: Mapping[Key, int]) -> None:
    """Count; while Redis is away, nothing is."""
    if not _is_shared():
        with _lock:
            _here.update(counts)
        return
    try:
        shared_cache(partial(_add_to_redis, counts))
    except CacheAway:
        return


def _is_shared() -> bool:
    """Whether the processes have a Redis to count in."""
    return str(settings.CACHES["default"]["BACKEND"]).startswith("django_redis.")


def _add_to_redis(counts: Mapping[Key, int]) -> None:
    pipeline = get_redis_connection("default").pipeline(transaction=False)
    for key, count in counts.items():
        pipeline.hincrby(HASH, json.dumps(key), count)
    pipeline.execute()


def totals() -> dict[Key, int]:
    """Everything that was counted so far. Raises CacheAway."""
    if not _is_shared():
        with _lock:
            return dict(_here)
    found = shared_cache(lambda: get_redis_connection("default").hgetall(HASH))
    return {tuple(json.loads(key)): int(count) for key, count in found.items()}


def forget_metrics() -> None:
    """Begin at nothing, in this process."""
    with _lock:
        _here.clear()
