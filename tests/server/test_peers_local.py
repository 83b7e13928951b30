"""llama.cpp with the real small model behind real servers: cancels, clients and servers that go."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from redis import Redis

from accounts.models import User
from ai.bereaved import end_bereaved
from ai.models import Generation, ProviderCall
from api.tokens import issue_token
from huntaze.launch import localmodel
from tests.live import LiveServer, running_server
from tests.redis_database import redis_url
from tests.server.client import Caller
from tests.server.desk import Desk
from tests.server.wire import Wire, running_wire

pytestmark = [pytest.mark.server, pytest.mark.redis, pytest.mark.model]
# Hundreds of tokens, of which a thread writes some forty a second.
LONG = {"prompt": "A long story of a potter and her kiln, in many chapters", "length": "long"}
SHORT = {"prompt": "A post about a handmade cup", "length": "short"}


@dataclass
class Kiln(Desk):
    """Alice, with llama.cpp behind the line."""

    wire: Wire

    def ask(self, body: dict[str, str]) -> Any:
        """Have something written, streaming."""
        return self.alice.stream("POST", "/api/ai/generate/stream", body)

    def follow(self, generation_id: str, after: int = 0) -> Any:
        """From behind a frame on, and what comes."""
        path = f"/api/ai/generations/{generation_id}/stream"
        return self.alice.stream("GET", path, **{"Last-Event-ID": str(after)})

    def is_idle(self) -> bool:
        """Whether llama.cpp writes nothing."""
        host, port = self.wire.far
        with urllib.request.urlopen(f"http://{host}:{port}/slots", timeout=10) as response:
            return not any(slot["is_processing"] for slot in json.load(response))

    def assert_counted_once(self, row: Generation, *, is_estimated: bool) -> None:
        """It costs nothing and counts as one."""
        call = ProviderCall.objects.get(generation=row)
        assert (call.status, call.is_estimated) == ("SETTLED", is_estimated)
        assert call.output_tokens
        assert (row.provider, row.cost_usd) == ("local", Decimal())
        period = self.period()
        assert (period.generations_used, period.generations_reserved) == (1, 0)


@dataclass(frozen=True)
class Place:
    """The line to llama.cpp, and what a server is told of it."""

    wire: Wire
    facts: dict[str, str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A model that runs, slowly."""
    model = localmodel.choose({"LOCAL_MODEL_THREADS": "1"})
    assert model is not None, "no model is installed: make test installs it"
    log = tmp_path_factory.mktemp("model") / "model.log"
    with localmodel.running(model, log), running_wire(model.port) as wire:
        facts = {**model.variables(), "HUNTAZE_LOCAL_MODEL_URL": f"{wire.url}/v1"}
        yield Place(wire, {**facts, "REDIS_URL": redis_url(), "DEBUG": "off"})


@pytest.fixture(scope="module")
def lasting(
    django_db_setup: None,
    django_db_blocker: Any,
    place: Place,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """A server that nobody kills."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
    with running_server(tmp_path_factory.mktemp("lasting"), **place.facts) as server:
        yield server


@pytest.fixture
def kiln(
    transactional_db: None, lasting: LiveServer, place: Place, alice: User, among_them: None
) -> Iterator[Kiln]:
    """Nothing is written any more behind the test, and no counter drifts."""
    with Redis.from_url(redis_url()) as client:
        client.flushdb()
    place.wire.left = 0
    made = Kiln(lasting, Caller(lasting.port, issue_token(user=alice, name="t")), alice, place.wire)
    yield made
    made.until(lambda: not Generation.objects.streaming().exists())
    made.until(made.is_idle)
    call_command("rebuild_usage", "--check")


def test_a_cancel_frees_the_model(kiln: Kiln) -> None:
    with kiln.ask(LONG) as reading:
        generation_id = reading.until("start")["id"]
        reading.until("delta")
        assert not kiln.is_idle()
        path = f"/api/ai/generations/{generation_id}/cancel"
        assert kiln.alice.call("POST", path)[1]["status"] == "CANCELED"
        kiln.until(lambda: kiln.wire.left == 1)
        kiln.until(kiln.is_idle)
        assert reading.until("done")["status"] == "CANCELED"
    row = kiln.settled()
    assert row.status == "CANCELED"
    assert row.text
    assert reading.text == row.text
    kiln.assert_counted_once(row, is_estimated=True)


def test_a_client_that_leaves_stops_nothing(kiln: Kiln) -> None:
    with kiln.ask(SHORT) as reading:
        reading.until("delta")
    row = kiln.settled()
    assert row.status == "DONE"
    assert row.text.startswith(reading.text)
    assert len(row.text) > len(reading.text)
    assert kiln.wire.left == 0
    kiln.assert_counted_once(row, is_estimated=False)


def test_a_text_is_read_on_elsewhere_when_its_writer_is_killed(
    kiln: Kiln, place: Place, tmp_path: Path
) -> None:
    """SIGKILL; who was there and who comes later read the same out of Redis."""
    with ExitStack() as open_ones:
        doomed = open_ones.enter_context(running_server(tmp_path, **place.facts))
        token = kiln.alice.headers["Authorization"].removeprefix("Bearer ")
        here = open_ones.enter_context(
            Caller(doomed.port, token).stream("POST", "/api/ai/generate/stream", LONG)
        )
        generation_id = here.until("start")["id"]
        here.until("delta")
        first = here.frames[-1][0]
        there = open_ones.enter_context(kiln.follow(generation_id, after=first))
        for _frame in range(5):
            there.until("delta")
        assert not kiln.is_idle()
        doomed.kill()
        kiln.until(lambda: kiln.wire.left == 1)
        kiln.until(kiln.is_idle)
        assert kiln.row().status == "STREAMING"
        later = open_ones.enter_context(kiln.follow(generation_id, after=first + 2))
        later.until("delta")
        # Nobody beats; the lease is over at once here.
        assert end_bereaved(lease=timedelta(0)) == 1
        for each in (there, later):
            assert each.until("error")["code"] == "interrupted"
            assert each.next() is None
    row = kiln.row()
    assert (row.status, row.error_code) == ("FAILED", "interrupted")
    assert row.text == here.text + there.text
    numbers = [number for number, *_rest in there.frames]
    assert numbers == list(range(first + 1, row.frame_count + 1))
    assert later.frames == there.frames[2:]
    kiln.assert_counted_once(row, is_estimated=True)
