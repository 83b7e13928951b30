"""What becomes of the log of a producer that has died."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis import Redis

from ai.stream.ends import LogAway, end_log, text_in_log
from ai.stream.frames import frame
from ai.stream.script import APPEND, as_arguments, log_name
from tests.ai.redis_log import frames_of

pytestmark = pytest.mark.redis
FAILED = {"error": "It was interrupted.", "code": "interrupted", "retryable": True}


def _left_behind(redis: Redis, *texts: str) -> UUID:
    generation_id = uuid4()
    frames = [frame(1, "start", {})]
    frames += [frame(number, "delta", {"text": text}) for number, text in enumerate(texts, 2)]
    keys, arguments = as_arguments([(generation_id, each) for each in frames])
    redis.eval(APPEND, len(keys), *keys, *arguments)
    return generation_id


def test_the_log_knows_more_than_was_saved(redis: Redis) -> None:
    assert text_in_log(_left_behind(redis, "Clay ", "rem")) == "Clay rem"
    assert text_in_log(uuid4()) is None


def test_a_log_without_its_beginning_knows_nothing(redis: Redis) -> None:
    generation_id = _left_behind(redis, "Clay ", "rem")
    redis.xtrim(log_name(generation_id), maxlen=1, approximate=False)
    assert text_in_log(generation_id) is None


def test_the_end_is_written_once(redis: Redis) -> None:
    generation_id = _left_behind(redis, "Clay ", "rem")
    for _ in range(2):
        assert end_log(generation_id, "error", FAILED, text="Clay rem") == 4
    frames = frames_of(redis, generation_id)
    assert [each.event for each in frames] == ["start", "delta", "delta", "error"]
    assert json.loads(frames[-1].data) == FAILED
    assert 0 < redis.ttl(log_name(generation_id)) <= 600


def test_who_has_read_more_than_is_stored_is_told_what_is(redis: Redis) -> None:
    generation_id = _left_behind(redis, "Clay ", "rem")
    assert end_log(generation_id, "error", FAILED, text="Clay ") == 5
    assert [each.event for each in frames_of(redis, generation_id)][-2:] == ["snapshot", "error"]
    assert text_in_log(generation_id) == "Clay "


def test_without_a_log_those_who_wait_are_told_to_look(redis: Redis) -> None:
    generation_id = uuid4()
    with redis.pubsub() as channel:
        channel.subscribe(log_name(generation_id))
        channel.get_message(timeout=5)
        assert end_log(generation_id, "error", FAILED, text="") is None
        message = channel.get_message(timeout=5)
    assert message
    assert message["data"] == b"look"


def test_what_a_producer_writes_behind_its_end_is_not_there(redis: Redis) -> None:
    generation_id = _left_behind(redis, "Clay ")
    end_log(generation_id, "error", FAILED, text="Clay ")
    keys, arguments = as_arguments([(generation_id, frame(3, "delta", {"text": "late"}))])
    assert redis.eval(APPEND, 1, *keys, *arguments) == 0
    assert [each.event for each in frames_of(redis, generation_id)] == ["start", "delta", "error"]


def test_without_redis_there_is_no_log(settings: Any) -> None:
    settings.REDIS_URL = ""
    assert text_in_log(uuid4()) is None
    assert end_log(uuid4(), "error", FAILED, text="") is None


def test_a_redis_that_is_away_is_said(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    with pytest.raises(LogAway):
        end_log(uuid4(), "error", FAILED, text="")
