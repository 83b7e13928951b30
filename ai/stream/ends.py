"""What the periodic job does to the log of a producer that has died. Sync."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from ai.stream.frames import Frame, frame
from ai.stream.script import APPEND, LOOK, as_arguments, from_stream, log_name

SOCKET_SECONDS = 5.0
# Each time somebody else was faster; the last of them was an end.
TRIES = 5


class LogAway(Exception):
    """Redis does not answer; followers find the end in the row."""


def text_in_log(generation_id: UUID) -> str | None:
    """What followers have read so far; None where the log is not there from its beginning.

    Newer than the row's, which is saved every two seconds. Raises LogAway.
    """
    with _client() as redis:
        return _text_of(_frames(redis, generation_id)) if redis else None


def end_log(generation_id: UUID, event: str, data: dict[str, Any], *, text: str) -> int | None:
    """Write the last frame of a settled generation, and tell who follows, in any process.

    Where followers have read another text than the stored one, a snapshot goes before it. Done
    twice, it is there once. Answers its number; None where there is no log. Raises LogAway.
    """
    with _client() as redis:
        if redis is None:
            return None
        for _try in range(TRIES):
            frames = _frames(redis, generation_id)
            if not frames:
                redis.publish(log_name(generation_id), LOOK)
                return None
            if frames[-1].is_last:
                return frames[-1].number
            ending = list(_ending(frames, event, data, text))
            keys, arguments = as_arguments([(generation_id, each) for each in ending])
            redis.eval(APPEND, len(keys), *keys, *arguments)
        return _frames(redis, generation_id)[-1].number


def drop_log(generation_id: UUID) -> None:
    """Forget a log that no longer says what the row says. Raises LogAway."""
    with _client() as redis:
        if redis is not None:
            redis.delete(log_name(generation_id))


def _ending(frames: list[Frame], event: str, data: dict[str, Any], text: str) -> Iterator[Frame]:
    number = frames[-1].number + 1
    if _text_of(frames) != text:
        yield frame(number, "snapshot", {"text": text})
        number += 1
    yield frame(number, event, data)


def _text_of(frames: list[Frame]) -> str | None:
    text = "" if frames and frames[0].number == 1 else None
    for each in frames:
        if each.event == "snapshot":
            text = json.loads(each.data)["text"]
        elif each.event == "delta" and text is not None:
            text += json.loads(each.data)["text"]
    return text


def _frames(redis: Redis, generation_id: UUID) -> list[Frame]:
    entries: Any = redis.xrange(log_name(generation_id))
    return [from_stream(each) for each in entries]


@contextmanager
def _client() -> Iterator[Redis | None]:
    if not settings.REDIS_URL:
        yield None
        return
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=SOCKET_SECONDS, protocol=2) as redis:
            yield redis
    except RedisError as error:
        raise LogAway from error
