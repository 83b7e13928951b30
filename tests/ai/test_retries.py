"""Whom is asked next, and when."""

from typing import Any

import pytest

from ai.providers.base import ErrorKind, ModelRef, ProviderError
from ai.retries import RETRY_DEADLINE_SECONDS, Line, may_be_asked_elsewhere

A, B = ModelRef("one", "a"), ModelRef("two", "b")


def line(*refs: ModelRef, jitter: float = 1.0) -> Any:
    """At second 0, with a jitter that is known."""
    return Line(refs, 0.0, lambda: jitter)


def fails(kind: ErrorKind = ErrorKind.SERVER, after: float | None = None) -> ProviderError:
    return ProviderError(kind, retry_after_seconds=after)


def test_each_is_asked_before_anybody_is_asked_again() -> None:
    asked = line(A, B)
    assert asked.next(0.0) == (A, 0.0)
    asked.failed(A, fails(), 0.0)
    assert asked.next(0.0) == (B, 0.0)
    asked.failed(B, fails(), 0.1)
    assert asked.next(0.1) == (A, pytest.approx(0.4))
    asked.failed(A, fails(), 0.5)
    assert asked.next(0.5) == (B, pytest.approx(0.1))
    asked.failed(B, fails(), 0.6)
    assert asked.next(0.6) is None


def test_jitter_spreads_those_who_come_again() -> None:
    waits = set()
    for jitter in (0.0, 0.3, 1.0):
        asked = line(A, jitter=jitter)
        asked.failed(A, fails(), 0.0)
        found = asked.next(0.0)
        assert found is not None
        waits.add(found[1])
    assert waits == {0.0, 0.15, 0.5}


def test_a_provider_that_says_when_is_asked_then() -> None:
    asked = line(A, jitter=0.0)
    asked.failed(A, fails(ErrorKind.RATE_LIMIT, after=3.0), 0.0)
    assert asked.next(0.0) == (A, 3.0)
    # Somebody else comes before it, who need not be waited for.
    asked = line(A, B, jitter=0.0)
    asked.failed(A, fails(ErrorKind.RATE_LIMIT, after=3.0), 0.0)
    assert asked.next(0.0) == (B, 0.0)


def test_nobody_waits_past_the_deadline() -> None:
    asked = line(A)
    asked.failed(A, fails(ErrorKind.RATE_LIMIT, after=RETRY_DEADLINE_SECONDS + 1), 0.0)
    assert asked.next(0.0) is None
    late = line(A, B)
    late.failed(A, fails(ErrorKind.TIMEOUT), RETRY_DEADLINE_SECONDS + 40)
    # One that was not asked yet is, however late it is.
    assert late.next(RETRY_DEADLINE_SECONDS + 40) == (B, 0.0)
    late.failed(B, fails(), RETRY_DEADLINE_SECONDS + 41)
    assert late.next(RETRY_DEADLINE_SECONDS + 41) is None


def test_a_key_that_is_refused_is_not_tried_again() -> None:
    asked = line(A, B)
    asked.failed(A, fails(ErrorKind.AUTH), 0.0)
    asked.failed(B, fails(), 0.0)
    assert asked.next(9.0) == (B, 0.0)
    asked.drop(B)
    assert asked.next(9.0) is None


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_what_may_be_asked_elsewhere(kind: ErrorKind) -> None:
    is_final = kind in {ErrorKind.INVALID, ErrorKind.CONTENT_FILTER, ErrorKind.PROMPT_TOO_LONG}
    assert may_be_asked_elsewhere(fails(kind)) is not is_final
