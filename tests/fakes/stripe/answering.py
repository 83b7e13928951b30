"""How a request to the API is answered: keys, faults, idempotency, versions.

Source: https://docs.stripe.com/api/authentication, /errors, /idempotent_requests, /versioning.
"""

import base64
import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.stripe import checkout, expanding, forms, routing
from tests.fakes.stripe.errors import Refusal
from tests.fakes.stripe.forms import Params
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import Cause, World, ending

Failure = Literal[429, 500, 503, "cut", "cut_after"] | None
KEPT_SECONDS = 86_400
MESSAGES = {
    429: ("Request rate limit exceeded.", "rate_limit"),
    500: ("An unknown error occurred.", None),
    503: ("Stripe is temporarily unavailable.", None),
}


@dataclass(frozen=True)
class Request:
    """One request, as it came; header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def params(self) -> Params:
        text = self.query if self.method in ("GET", "DELETE") and not self.body else ""
        return forms.parse(text or self.body.decode(errors="replace"))

    @property
    def key(self) -> str | None:
        """DELETE and GET are idempotent as they are: a key there means nothing."""
        return self.headers.get("idempotency-key") if self.method == "POST" else None


@dataclass(frozen=True)
class Answer:
    """A status of 0 closes the connection instead."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


CUT = Answer(0)


@dataclass
class Desk:
    """Answers; the attributes are set by tests at any time."""

    world: World
    secret_key: str
    fail_with: Failure = None
    # Only requests that have this in "METHOD path" fail or are slow.
    fails_for: str = ""
    delay_seconds: float = 0.0
    # (method, path, params, idempotency key)
    requests: list[tuple[str, str, Params, str | None]] = field(default_factory=list)
    _kept: dict[str, tuple[int, Any, Answer]] = field(default_factory=dict)
    _key_locks: dict[str, threading.Lock] = field(
        default_factory=lambda: defaultdict(threading.Lock)
    )

    def answer(self, request: Request) -> Answer:
        """What is sent back."""
        params, request_id = request.params, f"req_{ending(14)}"
        self.requests.append((request.method, request.path, params, request.key))
        is_meant = self.fails_for in f"{request.method} {request.path}"
        if is_meant and self.delay_seconds:
            time.sleep(self.delay_seconds)
        failure = self.fail_with if is_meant else None
        if failure == "cut":
            return CUT
        if isinstance(failure, int):
            return _broken(failure, request_id)
        answer = self._answer_or_refuse(request, params, request_id)
        return CUT if failure == "cut_after" else answer

    def _answer_or_refuse(self, request: Request, params: Params, request_id: str) -> Answer:
        try:
            self._authenticate(request)
            found, names = routing.find(request.method, request.path)
            routing.check_params(found, params)
            if request.key is None:
                return self._handle(request, found, names, params, request_id)
            with self.world.lock:
                lock = self._key_locks[request.key]
            # A twin that arrives meanwhile waits, and is given the same answer.
            with lock:
                return self._replay(request, params, request_id) or self._keep(
                    request, params, self._handle(request, found, names, params, request_id)
                )
        except Refusal as refusal:
            return _json(refusal.status, refusal.body(request_id), request_id)

    def _authenticate(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            given = base64.b64decode(given + "==").decode(errors="replace").split(":")[0]
        if not given:
            message = (
                "You did not provide an API key. You need to provide your API key in the "
                "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
                "YOUR_SECRET_KEY')."
            )
            raise Refusal(message, status=401)
        if given != self.secret_key:
            shown = given[:8] + "*" * 12 + given[-4:]
            raise Refusal(f"Invalid API Key provided: {shown}", status=401)

    def _replay(self, request: Request, params: Params, request_id: str) -> Answer | None:
        at, seen, kept = self._kept.get(str(request.key), (0, None, CUT))
        if kept is CUT or at + KEPT_SECONDS < self.world.now:
            return None
        if seen != (request.path, params):
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{request.key}' if you meant to "
                "execute a different request."
            )
            raise Refusal(message, kind="idempotency_error")
        first = kept.headers["Request-Id"]
        headers = {"Idempotent-Replayed": "true", "Request-Id": request_id}
        return Answer(
            kept.status, kept.body, {**kept.headers, **headers, "Original-Request": first}
        )

    def _keep(self, request: Request, params: Params, answer: Answer) -> Answer:
        self._kept[str(request.key)] = (self.world.now, (request.path, params), answer)
        return answer

    def _handle(
        self,
        request: Request,
        found: routing.Route,
        names: dict[str, str],
        params: Params,
        request_id: str,
    ) -> Answer:
        version = request.headers.get("stripe-version") or self.world.api_version
        asked: Any = params.get("expand", [])
        params = {name: value for name, value in params.items() if name != "expand"}
        paths = list(asked.values() if isinstance(asked, dict) else asked)
        is_change = request.method != "GET"
        cause = Cause(request_id, request.key) if is_change else Cause()
        with self.world.caused_by(cause):
            checkout.expire_late(self.world)
            made = found.handler(routing.Call(self.world, params, names))
            shown = expanding.render(self.world, made, version, paths)
        extra = {"Stripe-Version": version}
        if request.key:
            extra["Idempotency-Key"] = request.key
        return _json(200, shown, request_id, extra)


def _broken(status: int, request_id: str) -> Answer:
    message, code = MESSAGES[status]
    kind = "invalid_request_error" if status == 429 else "api_error"
    refusal = Refusal(message, status=status, code=code, kind=kind)
    return _json(status, refusal.body(request_id), request_id)


def _json(
    status: int, body: Json, request_id: str, headers: dict[str, str] | None = None
) -> Answer:
    plain = {"Content-Type": "application/json", "Request-Id": request_id}
    return Answer(status, json.dumps(body, indent=2).encode(), {**plain, **(headers or {})})
