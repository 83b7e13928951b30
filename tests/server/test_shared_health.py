"""Breakers and metrics of two servers over one Redis."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django_redis import get_redis_connection
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import User
from ai.breaker import FAILURES_TO_OPEN
from ai.health import MEMO_SECONDS
from ai.models import Generation, ProviderCall
from api.tokens import issue_token
from tests.fakes.model_server import ModelServer, Script
from tests.live import LiveServer
from tests.server.client import Caller

pytestmark = [pytest.mark.server, pytest.mark.redis]
MINI, SECOND = "gpt-4o-mini", "claude-haiku-4-5"
REF = f"openai:{MINI}"
type Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass
class Ward:
    """Bob and Sam at both servers."""

    models: ModelServer
    bob: tuple[Caller, ...]
    sam: tuple[Caller, ...]

    def ask(self, where: int, number: int = 0) -> str:
        """Which model answered."""
        body = {"prompt": f"About clay {number}"}
        status, answer = self.bob[where].call("POST", "/api/ai/generate", body)
        assert status == 200, answer
        return str(answer["model"])

    def asked(self, model: str) -> int:
        """How often a model was called since the last look."""
        found = [seen.body["model"] for seen in self.models.requests].count(model)
        self.models.requests.clear()
        return found

    def metrics(self, where: int) -> Samples:
        """What Prometheus reads there."""
        line = self.sam[where]._send("GET", "/metrics")
        text = line.getresponse().read().decode()
        line.close()
        return {
            (each.name, frozenset(each.labels.items())): each.value
            for family in text_string_to_metric_families(text)
            for each in family.samples
        }

    def state(self, where: int) -> str:
        """Of the first model's breaker, as that server tells it."""
        (found,) = [
            dict(labels)["state"]
            for (name, labels), value in self.metrics(where).items()
            if name == "huntaze_breaker_state" and value and ("model", MINI) in labels
        ]
        return found


@pytest.fixture
def ward(
    transactional_db: None,
    both: tuple[LiveServer, LiveServer],
    models: ModelServer,
    among_them: None,
    bob: User,
    sam: User,
) -> Iterator[Ward]:
    """Nothing was counted before; behind it every model is well."""
    get_redis_connection("default").flushdb()
    models.requests.clear()
    models.by_words.clear()
    models.by_model = {}
    models.script = Script()
    tokens = [issue_token(user=who, name="test", is_unthrottled=True) for who in (bob, sam)]
    callers = [tuple(Caller(server.port, token) for server in both) for token in tokens]
    yield Ward(models, *callers)
    models.by_model = {}
    get_redis_connection("default").flushdb()


def test_a_breaker_is_one_for_both_servers(ward: Ward) -> None:
    ward.models.by_model = {MINI: Script(status=500)}
    # It fails at both in turn, and neither has seen enough by itself.
    assert {ward.ask(number % 2) for number in range(FAILURES_TO_OPEN)} == {SECOND}
    assert ward.asked(MINI) == FAILURES_TO_OPEN
    time.sleep(MEMO_SECONDS)
    assert [ward.state(where) for where in (0, 1)] == ["open", "open"]
    assert [ward.ask(where) for where in (0, 1)] == [SECOND] * 2
    assert ward.asked(MINI) == 0

    _let_its_time_be_up()
    assert [ward.state(where) for where in (0, 1)] == ["half_open", "half_open"]
    ward.models.by_model = {MINI: Script(first_gap_seconds=1.5)}
    time.sleep(MEMO_SECONDS)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: ward.ask(number % 2, number), range(8)))
    assert sorted(answers) == [SECOND] * 7 + [MINI]
    assert ward.asked(MINI) == 1

    time.sleep(MEMO_SECONDS)
    assert [ward.state(where) for where in (0, 1)] == ["closed", "closed"]
    assert [ward.ask(where) for where in (0, 1)] == [MINI] * 2


def _let_its_time_be_up() -> None:
    key = f"ai:breaker:open:{REF}"
    facts = cache.get(key)
    assert facts["until"] > time.time()
    cache.set(key, {**facts, "until": time.time() - 1}, 60)


def test_metrics_are_the_same_at_both_servers(ward: Ward) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda number: ward.ask(number % 2, number), range(12))) == {MINI}
    here, there = (_counted(ward.metrics(where)) for where in (0, 1))
    assert here == there
    calls: Any = ("huntaze_provider_calls_total", "outcome", "answered")
    assert _sum(here, *calls) == ProviderCall.objects.filter(status="SETTLED").count() == 12
    assert _sum(here, "huntaze_tokens_total", "bucket", "output") == 12 * 5
    assert _sum(here, "huntaze_generations_total", "status", "DONE") == 12
    assert _sum(here, "huntaze_first_token_seconds_count", "model", MINI) == 12
    cost = sum(float(row.cost_usd or 0) for row in Generation.objects.all())
    assert _sum(here, "huntaze_cost_usd_total", "model", MINI) == pytest.approx(cost)


def _counted(samples: Samples) -> Samples:
    """But for what holds at the moment alone."""
    return {key: value for key, value in samples.items() if key[0] != "huntaze_jobs"}


def _sum(samples: Samples, name: str, label: str, value: str) -> float:
    return sum(
        count
        for (each, labels), count in samples.items()
        if each == name and (label, value) in labels
    )
