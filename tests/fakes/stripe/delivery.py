"""Signed webhooks: once or often, in order or shuffled, by hand or by themselves.

Source of the signature: https://docs.stripe.com/webhooks#verify-manually.
"""

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tests.fakes.stripe import eras
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import World

TIMEOUT_SECONDS = 30
UNREACHED = 0


def sign(payload: bytes, secret: str, at: float | None = None) -> str:
    """The Stripe-Signature header for this body, made at that moment."""
    moment = int(time.time() if at is None else at)
    signed = f"{moment}.".encode() + payload
    return f"t={moment},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def body_of(event: Json) -> bytes:
    """What is sent: Stripe indents by two."""
    return json.dumps(event, indent=2).encode()


def as_thin(event: Json) -> Json:
    """A v2 event, which says what has changed and not how it is now."""
    of = event["data"]["object"]
    kind = of["object"]
    return {
        "id": event["id"],
        "object": "v2.core.event",
        "context": None,
        "created": datetime.fromtimestamp(event["created"], UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "livemode": False,
        "reason": None,
        "related_object": {"id": of["id"], "type": kind, "url": f"/v1/{kind}s/{of['id']}"},
        "type": f"v1.{event['type']}",
    }


@dataclass(frozen=True)
class Target:
    """Where to send events, of which types and version, signed with what."""

    url: str
    secret: str
    types: tuple[str, ...] = ("*",)
    api_version: str | None = None

    def takes(self, type_: str) -> bool:
        return "*" in self.types or type_ in self.types

    def form(self, event: Json) -> Json:
        """The event as this endpoint's version has it."""
        is_thin = event["object"] != "event"
        if is_thin or not self.api_version or not eras.is_old(self.api_version):
            return event
        return eras.in_old_version(event, self.api_version)


def post(target: Target, event: Json, secret: str | None = None, at: float | None = None) -> int:
    """One signed POST; the status, or 0 where nobody answers. Redirects are not followed."""
    body = body_of(target.form(event))
    parts = urlsplit(target.url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT_SECONDS)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": sign(body, secret or target.secret, at),
    }
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path or "/", body, headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return UNREACHED
    else:
        return answer.status
    finally:
        connection.close()


def arranged(events: list[Json], *, is_shuffled: bool, seed: int, times: int) -> list[Json]:
    """The deliveries: each event so many times, in order or anyhow."""
    many = [event for event in events for _ in range(times)]
    if is_shuffled:
        # The same seed gives the same order: not a secret.
        random.Random(seed).shuffle(many)  # noqa: S311
    return many


@dataclass
class Courier:
    """Delivers, and keeps what came of it as (event id, url, status)."""

    world: World
    webhook_secret: str
    endpoint_url: str = ""
    is_automatic: bool = False
    delay_seconds: float = 0.0
    times: int = 1
    # How often an automatic delivery is tried again after anything but a 2xx.
    retries: int = 0
    retry_seconds: float = 0.2
    log: list[tuple[str, str, int]] = field(default_factory=list)
    _waiting: set[threading.Timer] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _is_over: bool = False

    def targets(self, type_: str) -> list[Target]:
        """The test's own URL alone where it is set; else the registered endpoints."""
        if self.endpoint_url:
            return [Target(self.endpoint_url, self.webhook_secret)]
        with self.world.lock:
            secrets = self.world.tables["endpoint_secret"]
            registered = [
                Target(
                    row["url"],
                    secrets[row["id"]]["secret"],
                    tuple(row["enabled_events"]),
                    row["api_version"],
                )
                for row in self.world.all("webhook_endpoint")
                if row["status"] == "enabled"
            ]
        return [target for target in registered if target.takes(type_)]

    def deliver(self, event: Json, secret: str | None = None, at: float | None = None) -> int:
        """To everyone who wants it; the worst status. Raises LookupError without an endpoint."""
        statuses = []
        for target in self.targets(event["type"]):
            statuses.append(post(target, event, secret, at))
            self.log.append((event["id"], target.url, statuses[-1]))
        if not statuses:
            raise LookupError(f"No endpoint takes {event['type']}: set endpoint_url")
        return max(statuses) if UNREACHED not in statuses else UNREACHED

    def deliver_many(self, events: list[Json], parallel: int) -> list[int]:
        """The statuses, in the order of the events."""
        if parallel <= 1:
            return [self.deliver(event) for event in events]
        with ThreadPoolExecutor(parallel) as pool:
            return list(pool.map(self.deliver, events))

    def take(self, event: Json) -> None:
        """Told of each new event: sends it from a thread of its own where that is wanted."""
        if self.is_automatic:
            for _ in range(self.times):
                self._later(self.delay_seconds, event, self.retries)

    def _later(self, seconds: float, event: Json, retries: int) -> None:
        timer = threading.Timer(seconds, lambda: self._run(timer, event, retries))
        timer.daemon = True
        with self._changed:
            if self._is_over:
                return
            self._waiting.add(timer)
            timer.start()

    def _run(self, timer: threading.Timer, event: Json, retries: int) -> None:
        try:
            if self.targets(event["type"]):
                status = self.deliver(event)
                if retries and not 200 <= status < 300:
                    self._later(self.retry_seconds, event, retries - 1)
        finally:
            with self._changed:
                self._waiting.discard(timer)
                self._changed.notify_all()

    def settle(self, timeout: float = 10) -> bool:
        """Wait until nothing is on its way; False when some still is by then."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout)

    def stop(self) -> None:
        """Send nothing more, and wait for what is on its way."""
        with self._changed:
            self._is_over = True
            waiting = list(self._waiting)
        for timer in waiting:
            timer.cancel()
        for timer in waiting:
            timer.join(5)
