"""Where a caller stands, as an answer says it."""

from typing import Any

NAMES = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
# The moment at which `clock` stands still.
NOON = 1_800_000_000


def standing(response: Any) -> tuple[int, int]:
    """(limit, remaining); the three headers are there."""
    limit, remaining, reset_at = (int(response.headers[name]) for name in NAMES)
    assert NOON - 120 < reset_at < NOON + 600
    assert 0 <= remaining <= limit
    return limit, remaining
