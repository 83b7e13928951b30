"""Processes that end while they write, and those who follow them from another process."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from ai.bereaved import end_bereaved
from ai.models import Generation, ProviderCall
from tests.fakes.model_server import ModelServer, Script
from tests.live import LiveServer, running_server
from tests.redis_database import redis_url
from tests.server.client import Caller
from tests.server.conftest import Scene, make_scene, variables
from tests.server.listening import token_of

pytestmark = [pytest.mark.server, pytest.mark.redis]
# Streams may end within 4 s of the signal, and settle within 5 more.
GRACE_SECONDS = 4
HARD_STOP_SECONDS = 15
SLOW = Script(pieces=("Clay ", *["is "] * 1000), gap_seconds=0.05)
STUCK = Script(pieces=("Half ", "never"), gap_seconds=60.0)


@dataclass
class Doomed:
    """The process that ends, and Alice at one that goes on."""

    writing: Scene
    other: Caller

    def follow(self, generation_id: str, after: int = 0) -> Any:
        """At the one that goes on."""
        path = f"/api/ai/generations/{generation_id}/stream"
        return self.other.stream("GET", path, **{"Last-Event-ID": str(after)})


@pytest.fixture
def doomed(
    transactional_db: None,
    both: tuple[LiveServer, LiveServer],
    models: ModelServer,
    alice: User,
    tmp_path: Path,
    among_them: None,
) -> Iterator[Doomed]:
    """Whatever happens, the counters fit the rows. The periodic job is done by the test itself."""
    facts = {**variables(models), "REDIS_URL": redis_url()}
    with running_server(tmp_path, **facts) as server:
        scene = make_scene(server, models, alice)
        models.by_words.clear()
        yield Doomed(scene, Caller(both[1].port, token_of(scene)))
        models.by_words.clear()
    call_command("rebuild_usage", "--check")


def test_a_writer_that_is_killed_leaves_all_that_was_read(doomed: Doomed) -> None:
    writing = doomed.writing
    writing.models.script = SLOW
    with ExitStack() as open_ones:
        here = open_ones.enter_context(writing.alice.generate())
        generation_id = here.until("start")["id"]
        here.until("delta")
        first = here.frames[-1][0]
        there = open_ones.enter_context(doomed.follow(generation_id, after=first))
        writing.until(lambda: there.next() and len(there.frames) > 10)
        writing.server.kill()
        writing.until(lambda: writing.models.requests[0].has_left)
        # Nobody beats; the lease is over at once here.
        assert end_bereaved(lease=timedelta(0)) == 1
        assert there.until("error")["code"] == "interrupted"
        assert there.next() is None
    row = writing.row()
    assert (row.status, row.error_code) == ("FAILED", "interrupted")
    # All that anybody has read, and no frame twice or missing.
    assert row.text == here.text + there.text
    assert row.text.startswith("Clay is is ")
    numbers = [number for number, *_rest in there.frames]
    assert numbers == list(range(first + 1, row.frame_count + 1))
    with doomed.follow(generation_id) as again:
        again.rest()
    assert again.frames[first:] == there.frames
    _assert_billed_once(writing, row)


def _assert_billed_once(scene: Scene, row: Generation) -> None:
    call = ProviderCall.objects.get(generation=row)
    assert (call.status, call.is_estimated, call.cost_usd) == ("SETTLED", True, row.cost_usd)
    assert call.output_tokens
    period = scene.period()
    assert (period.generations_used, period.generations_reserved) == (1, 0)
    assert period.spend_used_usd == row.cost_usd
    assert period.spend_reserved_usd == 0
    assert len(scene.models.requests) == 1


def test_a_writer_that_is_told_to_end_tells_everybody(doomed: Doomed) -> None:
    writing = doomed.writing
    pieces = ("Clay ", "remembers ", "the ", "hand.")
    writing.models.by_words = {
        "in time": Script(pieces=pieces, gap_seconds=0.5),
        "too late": STUCK,
    }
    with ExitStack() as open_ones:
        here = [
            open_ones.enter_context(writing.alice.generate(prompt))
            for prompt in ("in time", "too late")
        ]
        ids = [each.until("start")["id"] for each in here]
        there = [open_ones.enter_context(doomed.follow(each)) for each in ids]
        for each in (*here, *there):
            each.until("delta")
        writing.server.process.send_signal(signal.SIGTERM)
        told_at = time.monotonic()
        for each in (*here, *there):
            each.rest()
        assert time.monotonic() - told_at < GRACE_SECONDS + 2
        for near, far in zip(here, there, strict=True):
            assert near.frames == far.frames
        assert here[0].frames[-1][1:][0] == "done"
        assert here[1].frames[-1][2]["code"] == "interrupted"
        writing.server.process.wait(HARD_STOP_SECONDS)
    done, failed = (Generation.objects.get(id=each) for each in ids)
    assert (done.status, done.text) == ("DONE", "".join(pieces))
    assert not done.is_usage_estimated
    assert (failed.status, failed.error_code, failed.text) == ("FAILED", "interrupted", "Half ")
    assert failed.is_usage_estimated
    period = writing.period()
    assert (period.generations_used, period.generations_reserved) == (2, 0)
    assert period.spend_used_usd == (done.cost_usd or 0) + (failed.cost_usd or 0)
