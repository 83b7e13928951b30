"""What our fake Stripe knows: objects by kind, its clock, and the events so far."""

import contextlib
import copy
import secrets
import string
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.fakes.stripe import eras
from tests.fakes.stripe.errors import missing
from tests.fakes.stripe.templates import CURRENT_VERSION, Json, new

ALPHABET = string.ascii_letters + string.digits
# An id's beginning, and what it is of.
PREFIXES = {
    "acct": "account",
    "bpc": "billing_portal.configuration",
    "bps": "billing_portal.session",
    "ch": "charge",
    "cs": "checkout.session",
    "cus": "customer",
    "du": "dispute",
    "evt": "event",
    "in": "invoice",
    "inpay": "invoice_payment",
    "pi": "payment_intent",
    "pm": "payment_method",
    "price": "price",
    "prod": "product",
    "re": "refund",
    "sub": "subscription",
    "txn": "balance_transaction",
    "we": "webhook_endpoint",
}


def ending(length: int = 24) -> str:
    """Letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


class Clock:
    """Unix seconds: the machine's until a test sets or advances them."""

    def __init__(self) -> None:
        self._fixed: int | None = None
        self._ahead = 0

    def now(self) -> int:
        return self._fixed if self._fixed is not None else int(time.time()) + self._ahead

    def set(self, seconds: float) -> None:
        self._fixed = int(seconds)

    def advance(self, seconds: float) -> None:
        if self._fixed is None:
            self._ahead += int(seconds)
        else:
            self._fixed += int(seconds)


@dataclass
class Cause:
    """The request that events are put down to; none for what Stripe does by itself."""

    request_id: str | None = None
    idempotency_key: str | None = None


@dataclass
class World:
    """Everything is read and written under its lock; handlers and controls hold it throughout."""

    base_url: str = ""
    api_version: str = CURRENT_VERSION
    lock: threading.RLock = field(default_factory=threading.RLock)
    clock: Clock = field(default_factory=Clock)
    events: list[Json] = field(default_factory=list)
    # Oldest first, by id.
    tables: dict[str, dict[str, Json]] = field(default_factory=lambda: defaultdict(dict))
    cause: Cause = field(default_factory=Cause)
    # What is told of each event; how many hooks wait for one.
    on_event: Callable[[Json], None] = lambda _event: None
    count_hooks: Callable[[str], int] = lambda _type: 0

    def add(self, kind: str, id_: str, values: Json) -> Json:
        """A new object, created now."""
        now = self.now
        dated = {"created": now} if "created" not in values else {}
        made = new(kind, {"id": id_, **dated, **values})
        self.tables[kind][id_] = made
        return made

    @property
    def now(self) -> int:
        return self.clock.now()

    def find(self, id_: object) -> Json | None:
        """Whatever has that id."""
        kind = PREFIXES.get(str(id_).split("_", 1)[0])
        return self.tables[kind].get(str(id_)) if kind else None

    def get(self, kind: str, id_: str, *, param: str = "id", in_body: bool = False) -> Json:
        """Raises Refusal where there is none."""
        found = self.tables[kind].get(id_)
        if found is None:
            raise missing(kind.replace("_", " "), id_, param=param, in_body=in_body)
        return found

    def all(self, kind: str) -> list[Json]:
        """Newest first."""
        return list(reversed(self.tables[kind].values()))

    def emit(self, type_: str, of: Json, previous: Json | None = None) -> Json:
        """An event that holds the object as it is now, in the account's version."""
        data: Json = {"object": copy.deepcopy(of)}
        if previous is not None:
            data["previous_attributes"] = copy.deepcopy(previous)
        cause = self.cause
        event = self.add(
            "event",
            f"evt_1{ending(23)}",
            {
                "api_version": self.api_version,
                "data": eras.in_era(data, self.api_version),
                "pending_webhooks": self.count_hooks(type_),
                "request": {"id": cause.request_id, "idempotency_key": cause.idempotency_key},
                "type": type_,
            },
        )
        self.events.append(event)
        self.on_event(event)
        return event

    @contextlib.contextmanager
    def changing(self, obj: Json, type_: str) -> Iterator[None]:
        """A change of an object, followed by its event; where nothing changed there is none."""
        before = copy.deepcopy(obj)
        yield
        previous = {key: before[key] for key in before if before[key] != obj.get(key)}
        if previous:
            self.emit(type_, obj, previous)

    @contextlib.contextmanager
    def caused_by(self, cause: Cause) -> Iterator[None]:
        """Events in the block are put down to it."""
        with self.lock:
            kept, self.cause = self.cause, cause
            try:
                yield
            finally:
                self.cause = kept
