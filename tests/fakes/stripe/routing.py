"""The endpoints of the API, and what each is called with."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import stripe.params

from tests.fakes.stripe.errors import Refusal, required, unknown
from tests.fakes.stripe.forms import Params
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import World


@dataclass
class Call:
    """A request to one endpoint; `names` holds what its path names."""

    world: World
    params: Params
    names: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.names["id"]

    def require(self, name: str) -> Any:
        """A parameter without which there is nothing to do."""
        if self.params.get(name) in (None, "", [], {}):
            raise required(name)
        return self.params[name]

    def named(self, kind: str) -> Json:
        """The object of the path. Raises Refusal (404)."""
        return self.world.get(kind, self.id)

    def referred(self, kind: str, param: str) -> Json:
        """The object of a parameter. Raises Refusal (400)."""
        return self.world.get(kind, self.require(param), param=param, in_body=True)


Handler = Callable[[Call], Json]


@dataclass(frozen=True)
class Route:
    """A method and path, its handler, and the SDK's type of its parameters."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    params_type: str


ROUTES: list[Route] = []


def route(method: str, path: str, params_type: str = "") -> Callable[[Handler], Handler]:
    """Registers a handler; the parameters are those of a type in `stripe.params`."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + r"\Z")

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, pattern, handler, params_type))
        return handler

    return register


@functools.cache
def known_params(params_type: str) -> frozenset[str]:
    """What the SDK knows of an endpoint, which comes from Stripe's own description."""
    found: Any = stripe.params
    for part in params_type.split("."):
        found = getattr(found, part)
    return frozenset(found.__annotations__) | {"expand"}


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """Raises Refusal for what is no endpoint of ours."""
    for candidate in ROUTES:
        match = candidate.pattern.match(path)
        if match and candidate.method == method:
            return candidate, match.groupdict()
    message = f"Unrecognized request URL ({method}: {path})."
    raise Refusal(message, status=404)


def check_params(found: Route, params: Params) -> None:
    """Raises Refusal for a parameter that Stripe does not have there."""
    if not found.params_type:
        return
    for name in params:
        if name not in known_params(found.params_type):
            raise unknown(name)
