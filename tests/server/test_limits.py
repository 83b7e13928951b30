"""The storm: one caller, hundreds of requests at once, four processes over one Redis."""

import http.client
import json
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any

import pytest
from django_ratelimit.core import _get_window

from accounts.models import User
from ai.models import Generation
from api.tokens import issue_token
from tests.cast import open_cast_account
from tests.fakes.model_server import ModelServer, Script
from tests.live import LiveServer
from tests.server.conftest import WORKERS

pytestmark = [pytest.mark.server, pytest.mark.redis]
CONNECTIONS = 40
# How long a storm may take: nobody's window ends within it.
STORM_SECONDS = 20


def seconds_left(whom: str, period: int) -> int:
    """Of the window at hand; each caller's ends at another moment."""
    window: int = _get_window(whom, period)
    return window + 1 - int(time.time())


def somebody(plan: str) -> tuple[User, dict[str, str]]:
    """Who has most of their window before them, with their headers."""
    while True:
        found = uuid.uuid4()
        if seconds_left(str(found), 60) > STORM_SECONDS:
            break
    user = open_cast_account("storm", plan=plan, id=found)
    return user, {"Authorization": f"Bearer {issue_token(user=user, name='storm')}"}


def an_address() -> dict[str, str]:
    """The same of both windows of somebody without a name: 9 of the 10 seconds at least."""
    number = 0
    while True:
        number += 1
        address = f"198.51.{number // 250}.{number % 250}"
        if seconds_left(address, 60) > STORM_SECONDS and seconds_left(address, 10) >= 10:
            return {"X-Forwarded-For": f"{uuid.uuid4()}, {address}"}


def storm(
    server: LiveServer, requests: int, method: str, path: str, headers: Mapping[str, str], body: Any
) -> tuple[list[tuple[int, int, int]], float]:
    """[(status, limit, remaining)] of all of them, and how long they took."""
    gate = Barrier(CONNECTIONS + 1)
    raw = None if body is None else json.dumps(body)
    sent = {"Content-Type": "application/json", **headers}

    def some(count: int) -> list[tuple[int, int, int]]:
        found = []
        gate.wait(30)
        for number in range(count):
            # Half of them over connections of their own: the kernel spreads those over processes.
            if number % 2 == 0:
                line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            line.request(method, path, raw, sent)
            response = line.getresponse()
            response.read()
            limit = int(response.headers["X-RateLimit-Limit"])
            found.append((response.status, limit, int(response.headers["X-RateLimit-Remaining"])))
            if number % 2:
                line.close()
        line.close()
        return found

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        parts = [threads.submit(some, requests // CONNECTIONS) for _ in range(CONNECTIONS)]
        gate.wait(30)
        began = time.monotonic()
        found = [each for part in parts for each in part.result(60)]
        return found, time.monotonic() - began


def judge(found: list[tuple[int, int, int]], passed: int, limit: int, took: float) -> None:
    """Exactly the limit passes, each at a number of its own; the rest is refused."""
    statuses = Counter(status for status, *_ in found)
    told = f"{len(found)} requests in {took:.2f} s over {WORKERS} processes"
    assert statuses == {passed: limit, 429: len(found) - limit}, told
    assert {most for _status, most, _left in found} == {limit}
    left = [left for status, _most, left in found if status == passed]
    assert sorted(left) == list(range(limit))
    assert {left for status, _most, left in found if status == 429} == {0}


@pytest.mark.parametrize(("plan", "limit", "requests"), [("", 60, 400), ("PRO", 300, 600)])
def test_exactly_the_plan_s_requests_pass(
    transactional_db: None, four: LiveServer, plan: str, limit: int, requests: int
) -> None:
    _user, headers = somebody(plan)
    found, took = storm(four, requests, "GET", "/api/content", headers, None)
    judge(found, 200, limit, took)
    assert b"Traceback" not in four.log.read_bytes()


def test_exactly_ten_of_nobody_pass(transactional_db: None, four: LiveServer) -> None:
    found, took = storm(four, 200, "GET", "/api/billing/plans", an_address(), None)
    assert took < 9
    judge(found, 200, 10, took)


def test_exactly_the_plan_s_requests_to_models_pass(
    transactional_db: None, four: LiveServer, models: ModelServer
) -> None:
    models.requests.clear()
    models.script = Script(pieces=("Clay.",))
    user, headers = somebody("")
    found, took = storm(four, 200, "POST", "/api/ai/generate", headers, {"prompt": "x"})
    judge(found, 200, 10, took)
    assert Generation.objects.filter(user=user, status="DONE").count() == 10
    assert len(models.requests) == 10
    with closing(http.client.HTTPConnection("127.0.0.1", four.port, timeout=30)) as line:
        line.request("GET", "/api/content", headers=headers)
        response = line.getresponse()
        assert (response.status, response.headers["X-RateLimit-Remaining"]) == (200, "59")
