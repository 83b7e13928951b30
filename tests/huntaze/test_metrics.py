"""/metrics: for staff, the same from every process, in Prometheus' own words."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import User
from ai import health
from ai.metrics import _of_call, add, observe_call, totals
from ai.models import ProviderCall
from ai.providers.base import ErrorKind, ModelRef
from api.shared_cache import CacheAway


class Samples(dict[tuple[str, frozenset[str]], float]):
    """By the name and the values of the labels, in any order."""

    def of(self, name: str, *labels: str) -> float | None:
        """One sample, or none."""
        return self.get((name, frozenset(labels)))


@pytest.fixture
def scrape(api_client: Callable[..., Client], sam: User, scripted: Any) -> Callable[[], Samples]:
    """Every sample by its name and the values of its labels."""
    client = api_client(sam)

    def read() -> Samples:
        response = client.get("/metrics")
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/plain; version=")
        families = text_string_to_metric_families(response.content.decode())
        return Samples(
            ((each.name, frozenset(each.labels.values())), each.value)
            for family in families
            for each in family.samples
        )

    return read


def _call(**facts: Any) -> ProviderCall:
    facts = {"provider": "fake", "model": "mini-1", "tier": "mini", "purpose": "ANSWER", **facts}
    return ProviderCall(**facts)


def test_it_is_for_staff_alone(
    client: Client, api_client: Callable[..., Client], alice: User, sam: User
) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer no"}).status_code == 401
    assert api_client(alice).get("/metrics").status_code == 404
    assert api_client(sam).get("/metrics").status_code == 200
    client.force_login(sam)
    assert client.get("/metrics").status_code == 200


def test_calls_are_told_by_model_and_end(scrape: Callable[[], Samples]) -> None:
    with transaction.atomic():
        good = _call(
            first_token_ms=120,
            fresh_input_tokens=20,
            cache_read_tokens=0,
            output_tokens=5,
            cost_usd=Decimal("0.00000030"),
        )
        observe_call(good)
        # Counted only once it stands.
        assert totals() == {}
    for call in (good, good, _call(error_kind="timeout"), _call(error_kind="stopped")):
        add(_of_call(call))
    found = scrape()
    of = ("fake", "mini-1", "mini", "ANSWER")
    assert found.of("huntaze_provider_calls_total", *of, "answered", "") == 2
    assert found.of("huntaze_provider_calls_total", *of, "failed", "timeout") == 1
    assert found.of("huntaze_provider_calls_total", *of, "stopped", "stopped") == 1
    assert found.of("huntaze_tokens_total", "fake", "mini-1", "fresh_input") == 40
    assert found.of("huntaze_tokens_total", "fake", "mini-1", "cache_read") is None
    assert found.of("huntaze_cost_usd_total", "fake", "mini-1") == pytest.approx(0.0000006)
    buckets = "huntaze_first_token_seconds_bucket"
    assert found.of(buckets, "fake", "mini-1", "0.1") == 0
    assert found.of(buckets, "fake", "mini-1", "0.2") == 2
    assert found.of(buckets, "fake", "mini-1", "+Inf") == 2
    assert found.of("huntaze_first_token_seconds_sum", "fake", "mini-1") == 0.24


def test_a_fault_in_counting_undoes_nothing(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_counts: Any) -> None:
        raise NotImplementedError

    monkeypatch.setattr("ai.metrics.add", fail)
    with transaction.atomic():
        observe_call(_call())


def test_breakers_and_what_runs_are_told(scrape: Callable[[], Samples]) -> None:
    ref = ModelRef("fake", "mini-2")
    for _ in range(5):
        health._failed(ref, ErrorKind.SERVER)
    found = scrape()
    assert found.of("huntaze_breaker_state", "fake", "mini-2", "open") == 1
    assert found.of("huntaze_breaker_state", "fake", "mini-2", "closed") == 0
    assert found.of("huntaze_breaker_state", "fake", "mini-1", "closed") == 1
    assert found.of("huntaze_breaker_failures", "fake", "mini-2") == 5
    assert found.of("huntaze_running_generations") == 0
    assert found.of("huntaze_jobs", "todo") is not None


def test_while_the_cache_is_away_the_rest_is_told(
    scrape: Callable[[], Samples], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise CacheAway

    monkeypatch.setattr("huntaze.metrics.totals", away)
    found = scrape()
    assert found.of("huntaze_running_generations") == 0
    assert not [key for key in found if key[0] == "huntaze_provider_calls_total"]
