"""The one way to Stripe, ours and dj-stripe's: never inside a transaction.

A request takes as long as Stripe pleases, and a transaction holds its locks meanwhile. dj-stripe
fetches what an object refers to while it writes the object, inside a transaction. So a write runs
under `written_whole`: what is missing is named, the transaction is rolled back, the object is
fetched, and the write begins again; the second time it is there.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Protocol

import stripe
from django.conf import settings
from django.db import connection, transaction

type Answer = tuple[Any, int, Mapping[str, str]]

TIMEOUT_SECONDS = (5.0, 20.0)
RETRIES = 1
# What an object may refer to, one behind the other.
MOST_FETCHES = 60
# dj-stripe asks for each product's features, and takes any failure for none. Ours have none.
FEATURES = re.compile(r"/v1/products/[^/]+/features(\?|$)")
NO_FEATURES: Answer = (b'{"object": "list", "data": [], "has_more": false, "url": ""}', 200, {})


class NotConfigured(Exception):
    """No secret key: nobody pays here."""


class StripeAway(Exception):
    """Stripe does not answer, or not now; what was asked may go through later."""


class StripeInsideTransaction(RuntimeError):
    """A defect of ours: something would be changed at Stripe while a transaction is open."""


class Unfetched(Exception):
    """What a write inside a transaction needs to read first."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        super().__init__(url.partition("?")[0])
        self.method, self.url, self.headers = method, url, dict(headers)


_fetched: ContextVar[dict[str, Answer] | None] = ContextVar("fetched", default=None)


class Client(stripe.RequestsClient):
    """Stripe's own client, which refuses to wait inside a transaction."""

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        **more: Any,
    ) -> Answer:
        """Raises Unfetched for a read, StripeInsideTransaction for anything else."""
        if not is_inside_transaction():
            return super().request(method, url, headers, post_data, **more)
        if FEATURES.search(url):
            return NO_FEATURES
        known = _fetched.get()
        if method.lower() != "get" or known is None:
            raise StripeInsideTransaction(f"{method.upper()} {url.partition('?')[0]}")
        if url not in known:
            raise Unfetched(method, url, headers or {})
        return known[url]


class _Session(Protocol):
    _from_testcase: bool


def is_inside_transaction() -> bool:
    """Whether a transaction is open, other than the one that a test case is wrapped in."""
    blocks: list[_Session] = getattr(connection, "atomic_blocks", [])
    return any(not block._from_testcase for block in blocks)  # noqa: SLF001


def written_whole[Result](write: Callable[[], Result]) -> Result:
    """Run a write in a transaction; what it reads of Stripe is fetched outside, and it runs again.

    Raises StripeAway.
    """
    known: dict[str, Answer] = {}
    for _ in range(MOST_FETCHES):
        token = _fetched.set(known)
        try:
            with transaction.atomic():
                return write()
        except Unfetched as missing:
            needed = missing
        finally:
            _fetched.reset(token)
        known[needed.url] = asked(lambda: _client().request("get", needed.url, needed.headers))  # noqa: B023
    raise StripeAway("an object refers to too many others")


def asked[Result](ask: Callable[[], Result]) -> Result:
    """Ask Stripe. Raises StripeAway for what may go through later, NotConfigured without a key.

    What Stripe refuses for good is raised as its SDK has it.
    """
    if not is_configured():
        raise NotConfigured
    try:
        return ask()
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise StripeAway(type(error).__name__) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        # A key that is being changed; Stripe's sentence names a part of it.
        raise StripeAway(type(error).__name__) from None
    except stripe.StripeError as error:
        if error.http_status is None or error.http_status >= 500:  # noqa: PLR2004
            raise StripeAway(type(error).__name__) from error
        raise


def plain(found: Any) -> dict[str, Any]:
    """An object of the SDK's as JSON has it; empty for none."""
    data: dict[str, Any] = json.loads(str(found)) if found is not None else {}
    return data


def secret_key() -> str:
    """Of the world that its prefix names; empty without one."""
    return str(settings.STRIPE_LIVE_SECRET_KEY or settings.STRIPE_TEST_SECRET_KEY)


def is_configured() -> bool:
    """Whether anybody can pay at all."""
    return bool(secret_key())


def configure() -> None:
    """For the SDK's own calls and for dj-stripe's: where, by which client, how often."""
    stripe.api_base = settings.STRIPE_API_BASE
    stripe.api_key = secret_key()
    stripe.max_network_retries = RETRIES
    stripe.default_http_client = Client(timeout=TIMEOUT_SECONDS)
    # What it would tell Stripe of our latencies is nobody's business.
    stripe.enable_telemetry = False


def _client() -> stripe.HTTPClient:
    client = stripe.default_http_client
    if client is None:
        raise NotConfigured
    return client
