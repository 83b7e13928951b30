"""FakeStripe: the server, and what a test sets and asks."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Literal

from tests.fakes.stripe import delivery, routes
from tests.fakes.stripe.answering import Desk, Failure
from tests.fakes.stripe.api_catalog import ACCOUNT_ID, make_price, make_product
from tests.fakes.stripe.api_customers import make_customer
from tests.fakes.stripe.controls import Controls
from tests.fakes.stripe.delivery import Courier
from tests.fakes.stripe.forms import Params
from tests.fakes.stripe.server import Server
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import World, ending

routes.load()


class FakeStripe(Controls):
    """A Stripe of ours; what it holds is in memory and ends with it."""

    def __init__(self, port: int = 0, secret_key: str = "", webhook_secret: str = "") -> None:
        self.world = World()
        self.secret_key = secret_key or f"sk_test_{ending(24)}"
        self.webhook_secret = webhook_secret or f"whsec_{ending(32)}"
        self.desk = Desk(self.world, self.secret_key)
        self.courier = Courier(self.world, self.webhook_secret)
        self.world.on_event = self.courier.take
        self.world.count_hooks = lambda type_: len(self.courier.targets(type_))
        self.world.add("account", ACCOUNT_ID, {})
        self._server = Server(self.world, self.desk, port)
        self.url = self.world.base_url = self._server.url

    def start(self) -> None:
        """Begin to listen."""
        self._server.start()

    def stop(self) -> None:
        """End; what was still to be delivered is not."""
        self.courier.stop()
        self._server.stop()

    # What was asked, and what happened.

    @property
    def requests(self) -> list[tuple[str, str, Params, str | None]]:
        """(method, path, params, idempotency key) of every API request."""
        return self.desk.requests

    @property
    def events(self) -> list[Json]:
        """All of them, oldest first."""
        return self.world.events

    def events_of(self, *types: str) -> list[Json]:
        """Those of these types."""
        return [event for event in self.events if event["type"] in types]

    # Time.

    @property
    def clock(self) -> int:
        """Unix seconds; set, it stands still."""
        return self.world.now

    @clock.setter
    def clock(self, seconds: float) -> None:
        self.world.clock.set(seconds)

    def advance(self, seconds: float) -> None:
        """Later by so much; nothing renews by itself."""
        self.world.clock.advance(seconds)

    # Trouble.

    @property
    def is_down(self) -> bool:
        """Whether requests to the API fail."""
        return self.fail_with is not None

    @is_down.setter
    def is_down(self, value: bool) -> None:
        self.fail_with = (self.fail_with or 503) if value else None

    @property
    def fail_with(self) -> Failure:
        """429, 500, 503; "cut" closes the connection, "cut_after" does so when the work is done."""
        return self.desk.fail_with

    @fail_with.setter
    def fail_with(self, failure: Failure) -> None:
        self.desk.fail_with = failure

    @property
    def fails_for(self) -> str:
        """Only requests with this in "METHOD path" fail or are slow; empty means all."""
        return self.desk.fails_for

    @fails_for.setter
    def fails_for(self, part: str) -> None:
        self.desk.fails_for = part

    @property
    def delay_seconds(self) -> float:
        """How long each answer takes."""
        return self.desk.delay_seconds

    @delay_seconds.setter
    def delay_seconds(self, seconds: float) -> None:
        self.desk.delay_seconds = seconds

    # Things to begin with.

    def make_product(self, name: str, metadata: dict[str, str] | None = None) -> Json:
        """A product."""
        with self.world.lock:
            return make_product(self.world, name, metadata)

    def make_price(
        self,
        product: str,
        amount: int,
        interval: Literal["month", "year"] = "month",
        lookup_key: str | None = None,
    ) -> Json:
        """A recurring price of a product id; the amount is in cents."""
        with self.world.lock:
            return make_price(self.world, product, amount, interval, lookup_key=lookup_key)

    def make_customer(
        self, email: str, name: str | None = None, metadata: dict[str, str] | None = None
    ) -> Json:
        """A customer, with the event."""
        with self.world.lock:
            customer = make_customer(self.world, email, name, metadata)
            self.world.emit("customer.created", customer)
            return customer

    # Deliveries.

    @property
    def endpoint_url(self) -> str:
        """Where everything is delivered, signed with webhook_secret; else registered endpoints."""
        return self.courier.endpoint_url

    @endpoint_url.setter
    def endpoint_url(self, url: str) -> None:
        self.courier.endpoint_url = url

    @property
    def auto_deliver(self) -> bool:
        """Whether each event is delivered when it happens, on a thread of its own."""
        return self.courier.is_automatic

    @auto_deliver.setter
    def auto_deliver(self, value: bool) -> None:
        self.courier.is_automatic = value

    @property
    def delivery_delay_seconds(self) -> float:
        """How late."""
        return self.courier.delay_seconds

    @delivery_delay_seconds.setter
    def delivery_delay_seconds(self, seconds: float) -> None:
        self.courier.delay_seconds = seconds

    @property
    def delivery_times(self) -> int:
        """How often each."""
        return self.courier.times

    @delivery_times.setter
    def delivery_times(self, times: int) -> None:
        self.courier.times = times

    def deliver(self, event: Json, secret: str | None = None, at: float | None = None) -> int:
        """One signed POST; its status, 0 where nobody answers."""
        return self.courier.deliver(event, secret, at)

    def deliver_all(
        self,
        order: Sequence[Json] | Literal["shuffled"] | None = None,
        *,
        seed: int = 0,
        times: int = 1,
        parallel: int = 1,
    ) -> list[int]:
        """All events, those of a list, or all in an order that the seed decides; their statuses."""
        is_shuffled = isinstance(order, str)
        events = list(self.events) if order is None or isinstance(order, str) else list(order)
        many = delivery.arranged(events, is_shuffled=is_shuffled, seed=seed, times=times)
        return self.courier.deliver_many(many, parallel)

    def settle(self, timeout: float = 10) -> bool:
        """Wait for what is delivered by itself; False when some still is on its way."""
        return self.courier.settle(timeout)


@contextlib.contextmanager
def running_stripe(
    port: int = 0, secret_key: str = "", webhook_secret: str = ""
) -> Iterator[FakeStripe]:
    """One for a block."""
    fake = FakeStripe(port, secret_key, webhook_secret)
    fake.start()
    try:
        yield fake
    finally:
        fake.stop()
