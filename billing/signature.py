"""Stripe's signature over the raw body, checked before anything is parsed or stored. Pure.

Source: https://docs.stripe.com/webhooks#verify-manually. Stripe's SDK takes one secret, and any
time that lies ahead; we take two while one replaces the other, and no clock that is off either way.
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256

TOLERANCE_SECONDS = 300
# An honest header holds one time and a signature for each secret.
MAX_HEADER_CHARACTERS = 2_000
MAX_SIGNATURES = 16


class BadSignature(ValueError):
    """The call is not Stripe's, or not of now."""


def check_signature(body: bytes, header: str, secrets: Iterable[str], *, now: float) -> None:
    """Raises BadSignature unless one of the secrets signed this body within the tolerance."""
    at, signatures = _parts(header)
    if abs(now - at) > TOLERANCE_SECONDS:
        raise BadSignature("stale")
    payload = str(at).encode() + b"." + body
    for secret in secrets:
        expected = hmac.new(secret.encode(), payload, sha256).hexdigest().encode()
        if any(hmac.compare_digest(expected, each) for each in signatures):
            return
    raise BadSignature("forged")


def _parts(header: str) -> tuple[int, list[bytes]]:
    if len(header) > MAX_HEADER_CHARACTERS:
        raise BadSignature("too long")
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value.encode() for name, _, value in pairs if name == "v1"]
    is_time = len(times) == 1 and times[0].isascii() and times[0].isdigit()
    if not is_time or len(times[0]) > 12 or not signatures:  # noqa: PLR2004  (a time of 30,000 years)
        raise BadSignature("malformed")
    return int(times[0]), signatures[:MAX_SIGNATURES]
