"""A process dies; the row, the counters and the log all learn how it ended."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from redis import Redis

from accounts.models import User
from ai.bereaved import end_bereaved
from ai.ledger.abandoned import forget_producers
from ai.stream.frames import frame
from ai.stream.script import APPEND, as_arguments
from tests.ai.accounting import HOUR, counters
from tests.ai.redis_log import frames_of
from tests.factories import make_generation, make_producer

LEASE = timedelta(seconds=1)


def _logged(redis: Redis, generation_id: UUID, *texts: str) -> None:
    frames = [frame(1, "start", {})]
    frames += [frame(number, "delta", {"text": text}) for number, text in enumerate(texts, 2)]
    keys, arguments = as_arguments([(generation_id, each) for each in frames])
    redis.eval(APPEND, len(keys), *keys, *arguments)


@pytest.mark.redis
def test_what_was_read_but_not_saved_is_kept(alice: User, scripted: Any, redis: Redis) -> None:
    row = make_generation(alice, age=HOUR, text="Clay ", frame_count=2)
    _logged(redis, row.id, "Clay ", "remembers ")
    assert end_bereaved(lease=LEASE) == 1
    row.refresh_from_db()
    assert (row.status, row.error_code, row.text) == ("FAILED", "interrupted", "Clay remembers ")
    frames = frames_of(redis, row.id)
    assert (frames[-1].event, len(frames)) == ("error", row.frame_count)
    assert json.loads(frames[-1].data)["code"] == "interrupted"
    assert counters(alice)[:2] == (1, 0)
    assert end_bereaved(lease=LEASE) == 0


def test_without_redis_what_was_saved_has_to_do(alice: User, scripted: Any) -> None:
    row = make_generation(alice, age=HOUR, text="Clay ", frame_count=2)
    assert end_bereaved(lease=LEASE) == 1
    row.refresh_from_db()
    assert (row.text, row.frame_count) == ("Clay ", 3)


def test_redis_that_is_away_holds_up_no_end(alice: User, scripted: Any, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    row = make_generation(alice, age=HOUR, text="Clay ")
    assert end_bereaved(lease=LEASE) == 1
    row.refresh_from_db()
    assert row.text == "Clay "


def test_who_lives_is_left_alone(alice: User, scripted: Any) -> None:
    make_generation(alice)
    assert end_bereaved(lease=timedelta(seconds=20)) == 0


def test_a_process_that_is_forgotten_costs_its_generations_nothing(
    alice: User, scripted: Any, django_assert_num_queries: Any
) -> None:
    row = make_generation(alice, age=HOUR * 24 * 30, status="DONE", text="Clay.")
    row.producer = make_producer(HOUR * 24 * 30)
    row.save()
    with django_assert_num_queries(3):
        # A savepoint and one removal: nothing looks through the ledger.
        assert forget_producers() == 1
    row.refresh_from_db()
    assert row.text == "Clay."
    assert end_bereaved(lease=LEASE) == 0
