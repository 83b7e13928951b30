"""Rate limits: each request under /api is counted once, before anything else looks at it.

Fixed windows (django-ratelimit) over the shared cache. People count by their id, whatever they
signed in with, under the limit of the plan that they have now; nobody counts by their network.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_ratelimit.core import get_usage

from api.addresses import client_network
from api.authentication import speak_to
from api.errors import AWAY, ApiError, error_response, is_api
from api.middleware import middleware
from api.principal import Principal, principal_of
from api.shared_cache import CacheAway, shared_cache

MINUTE = 60
# Part of the counter's key, so it is not the limit: an upgrade counts on, it does not begin anew.
COUNTED_UP_TO = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` requests in each `seconds`."""

    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands in a window; `reset_at` in Unix seconds."""

    limit: int
    remaining: int
    reset_at: int
    is_over: bool = False

    def headers(self) -> dict[str, str]:
        """The contract's three."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_at),
        }


# The shorter one first: what it refuses is not counted by the other.
ANONYMOUS = (Window(10, 10), Window(60, MINUTE))


@cache
def _rates_of(plan: str) -> tuple[int, int]:
    rates: tuple[int, int] = import_string(settings.API_PLAN_RATES)(plan)
    return rates


def _policy(request: HttpRequest, principal: Principal) -> tuple[str, str, Sequence[Window]]:
    """(group, whom, windows): what is counted, for whom, and how much of it is allowed."""
    if principal.user is None:
        return "anonymous", client_network(request), ANONYMOUS
    api, ai = _rates_of(principal.plan)
    if asks_a_model(request):
        return "ai", str(principal.user.pk), (Window(ai, MINUTE),)
    return "api", str(principal.user.pk), (Window(api, MINUTE),)


def asks_a_model(request: HttpRequest) -> bool:
    """Whether this counts as an AI request."""
    paths = settings.API_AI_PATHS
    return request.method == "POST" and any(fnmatchcase(request.path, each) for each in paths)


def _untouched(window: Window) -> Standing:
    """A window in which nothing is counted: of the unthrottled, and while the cache is away."""
    now = int(time.time())
    return Standing(window.limit, window.limit, now - now % window.seconds + window.seconds)


def _counted(group: str, whom: str, seconds: int) -> dict[str, int]:
    """One more of `whom` in the window at hand: `count`, and `time_left` in seconds."""
    usage: dict[str, int] = get_usage(
        None, group=group, key=lambda *_: whom, rate=(COUNTED_UP_TO, seconds), increment=True
    )
    return usage


def count(group: str, whom: str, windows: Sequence[Window]) -> Standing:
    """Count one request; the standing in the tightest window, or in the first that is over.

    Raises CacheAway.
    """
    tightest: Standing | None = None
    for window in windows:
        usage = shared_cache(partial(_counted, group, whom, window.seconds))
        left = window.limit - usage["count"]
        # The second at which django-ratelimit's window ends still belongs to it.
        reset_at = int(time.time()) + usage["time_left"] + 1
        found = Standing(window.limit, max(0, left), reset_at, left < 0)
        if found.is_over:
            return found
        if tightest is None or found.remaining < tightest.remaining:
            tightest = found
    if tightest is None:
        raise ValueError("There is no window to count in.")
    return tightest


def count_as_ai(request: HttpRequest) -> Standing:
    """Count a page's request that asks a model as the API's are. Raises CacheAway."""
    return _count_person(principal_of(request), "ai")


def check_rate(principal: Principal, *, asks_a_model: bool) -> None:
    """Count what somebody asks over a socket. Raises ApiError over the limit, and CacheAway."""
    try:
        standing = _count_person(principal, "ai" if asks_a_model else "api")
    except CacheAway:
        if asks_a_model:
            raise
        return
    is_unthrottled = principal.token is not None and principal.token.is_unthrottled
    if standing.is_over and not is_unthrottled:
        raise _refusal(standing)


def _count_person(principal: Principal, group: str) -> Standing:
    api, ai = _rates_of(principal.plan)
    return count(group, str(principal.user.pk), (Window(ai if group == "ai" else api, MINUTE),))


def _refusal(standing: Standing) -> ApiError:
    wait = max(1, standing.reset_at - int(time.time()))
    message = _("Too many requests. Wait a little and try again.")
    return ApiError(message, status=429, code="rate_limited", headers={"Retry-After": str(wait)})


def _begin(request: Any) -> HttpResponseBase | None:
    """Find the caller, count, and answer in the view's place where there is too much."""
    if not is_api(request) or request.path in settings.API_UNCOUNTED_PATHS:
        return None
    try:
        principal = principal_of(request)
    except AWAY as away:
        request._standing = _untouched(ANONYMOUS[-1])  # noqa: SLF001
        return error_response(away)
    if principal.user is not None:
        # What is refused here is said in their language, too.
        speak_to(principal.user)
    group, whom, windows = _policy(request, principal)
    request._standing = _untouched(windows[-1])  # noqa: SLF001
    try:
        standing = count(group, whom, windows)
    except CacheAway as away:
        # Reading and writing one's own goes on; what costs money waits for the count.
        return error_response(away) if group == "ai" else None
    if principal.token is not None and principal.token.is_unthrottled:
        return None
    request._standing = standing  # noqa: SLF001
    return error_response(_refusal(standing)) if standing.is_over else None


def _name(request: Any, response: HttpResponseBase) -> HttpResponseBase:
    """Write the three headers, also where something in front of the count has answered."""
    if is_api(request) and request.path not in settings.API_UNCOUNTED_PATHS:
        standing: Standing = getattr(request, "_standing", None) or _untouched(ANONYMOUS[-1])
        for name, value in standing.headers().items():
            response.headers[name] = value
    return response


# Outermost: no answer leaves without its headers. (The count itself stands further in, behind
# what redirects and what answers a browser's preflight.)
RateLimitHeadersMiddleware = middleware(after=_name)
RateLimitMiddleware = middleware(before=_begin, waits=True)
