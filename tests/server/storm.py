"""Many clients that send one request at the same moment."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

from tests.server.client import Caller, Reading

TWINS = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """What a twin got: the whole body, or of a stream its frames."""

    status: int
    content: bytes
    is_replay: bool
    frames: tuple[Any, ...] = ()


def ask(caller: Caller, path: str, body: Any, key: str = "one") -> Answer:
    """One request with a key, read to its end."""
    connection = caller._send("POST", path, body, **{"Idempotency-Key": key})
    try:
        response = connection.getresponse()
        is_replay = response.headers.get("Idempotency-Replayed") == "true"
        if response.headers.get_content_type() == "text/event-stream":
            reading = Reading(response)
            reading.rest()
            return Answer(response.status, b"", is_replay, tuple(map(str, reading.frames)))
        return Answer(response.status, response.read(), is_replay)
    finally:
        connection.close()


def storm(callers: Sequence[Caller], path: str, body: Any, twins: int = TWINS) -> list[Answer]:
    """All of them at once, over the callers in turn."""
    return _at_once(twins, lambda number: ask(callers[number % len(callers)], path, body))


def crowd(caller: Caller, path: str, bodies: Sequence[Any]) -> list[Answer]:
    """All of them at once, each a request of its own."""
    return _at_once(len(bodies), lambda number: ask(caller, path, bodies[number], str(number)))


def _at_once(count: int, work: Callable[[int], Answer]) -> list[Answer]:
    gate = Barrier(count)

    def one(number: int) -> Answer:
        gate.wait(30)
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def statuses(answers: list[Answer]) -> Counter[int]:
    """How many of each."""
    return Counter(each.status for each in answers)
