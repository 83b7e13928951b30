"""/metrics, for Prometheus: what all processes have counted, and how things stand now.

Every process gives the same answer: counts come from the shared cache, the rest from the database.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from ai import health
from ai.breaker import State
from ai.metrics import DOLLAR, FIRST_TOKEN_BOUNDS, Key, totals
from ai.models import Generation
from api.principal import principal_of
from api.shared_cache import CacheAway

MODEL = ("provider", "model")
COUNTERS = {
    "calls": (
        "huntaze_provider_calls",
        "Calls of providers that have ended.",
        (*MODEL, "tier", "purpose", "outcome", "error"),
    ),
    "tokens": ("huntaze_tokens", "Tokens; reasoning is a part of output.", (*MODEL, "bucket")),
    "cost": ("huntaze_cost_usd", "What calls have cost.", MODEL),
    "generations": (
        "huntaze_generations",
        "Generations that have ended.",
        ("status", "tier", "kind"),
    ),
}


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For staff, by session or token; to others there is no such page."""
    principal = principal_of(request)
    if principal.user is None:
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    if not principal.user.is_staff:
        raise Http404
    response = HttpResponse(_text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    response["Cache-Control"] = "no-store"
    return response


def _text() -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return generate_latest(registry)


class _Collector:
    """Reads everything at the moment it is asked for."""

    def collect(self) -> Iterable[Metric]:
        """All families."""
        try:
            counts = totals()
        except CacheAway:
            counts = {}
        yield from _counters(counts)
        yield _first_tokens(counts)
        yield from _breakers()
        yield from _now()


def _counters(counts: dict[Key, int]) -> Iterator[Metric]:
    for what, (name, sentence, labels) in COUNTERS.items():
        family = CounterMetricFamily(name, sentence, labels=labels)
        scale = float(DOLLAR) if what == "cost" else 1
        for (kind, *values), count in sorted(counts.items()):
            if kind == what:
                family.add_metric(values, count / scale)
        yield family


def _first_tokens(counts: dict[Key, int]) -> Metric:
    """Buckets that each hold those below them, as Prometheus wants them."""
    family = HistogramMetricFamily(
        "huntaze_first_token_seconds", "Until a model's first token.", labels=MODEL
    )
    models = sorted({key[1:3] for key in counts if key[0] == "first_token"})
    for model in models:
        so_far, buckets = 0, []
        for bound in (*FIRST_TOKEN_BOUNDS, "+Inf"):
            so_far += counts.get(("first_token", *model, str(bound)), 0)
            edge = bound if isinstance(bound, str) else str(bound / 1000)
            buckets.append((edge, so_far))
        total = counts.get(("first_token_sum", *model), 0) / 1000
        family.add_metric(list(model), buckets, total)
    return family


def _breakers() -> Iterator[Metric]:
    state = GaugeMetricFamily(
        "huntaze_breaker_state", "1 for the state that a breaker is in.", labels=[*MODEL, "state"]
    )
    failures = GaugeMetricFamily(
        "huntaze_breaker_failures", "Failures in a row, lately.", labels=MODEL
    )
    for found in health.states():
        who = [found.ref.provider, found.ref.model]
        for each in State:
            state.add_metric([*who, each.value], float(each == found.state))
        failures.add_metric(who, found.failures)
    yield state
    yield failures


def _now() -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "huntaze_running_generations",
        "Generations that are being written.",
        value=Generation.objects.streaming().count(),
    )
    jobs = GaugeMetricFamily("huntaze_jobs", "Background jobs that wait or run.", labels=["status"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status::text, count(*) FROM procrastinate_jobs"
            " WHERE status IN ('todo', 'doing') GROUP BY status"
        )
        found: dict[str, Any] = dict(cursor.fetchall())
    for status in ("todo", "doing"):
        jobs.add_metric([status], found.get(status, 0))
    yield jobs
