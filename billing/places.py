"""How many requests of one process may wait for Stripe at once: it must not take all threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from billing.stripe_api import StripeAway

PLACES = 8

_places = BoundedSemaphore(PLACES)


@contextmanager
def a_place() -> Iterator[None]:
    """Wait for Stripe in here. Raises StripeAway where as many wait as may."""
    if not _places.acquire(blocking=False):
        raise StripeAway("too many wait for Stripe")
    try:
        yield
    finally:
        _places.release()
