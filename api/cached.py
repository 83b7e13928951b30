"""Reads of one's own data, served from Redis under the version of that data.

An entry is never removed: a change of the data counts its version (`api.versions`), and nobody
asks for the entry under the old number again. Without Redis nothing is kept.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from api.conditional import tag_of_bytes, unless_known
from api.json import MEDIA_TYPE, encode
from api.principal import principal_of
from api.shared_cache import CacheAway, shared_cache

LIFE_SECONDS = 600
# A page of the longest texts is larger than it is worth.
MOST_BYTES = 512 * 1024
# One of many who ask at once computes; the others look again, and after a while compute themselves.
LOCK_SECONDS = 5
WAIT_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 0.02

type Entry = tuple[str, bytes]
type Read = Callable[..., Any]
# How the tag follows from the data; None: the tag of a list, which follows from its version.
type TagOf = Callable[[Any], str] | None


def cached(topic: str, *, tag: TagOf = None) -> Callable[[Read], Any]:
    """Serve a viewset's read of the caller's data of `topic` from the cache, with its ETag.

    Only for answers that say the same to the same person until their data changes: no signed
    address, no clock.
    """

    def decorate(read: Read) -> Any:
        @wraps(read)
        def wrapped(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            key = _key(view, request, topic)
            list_tag = tag_of_bytes(key.encode()) if tag is None else ""
            # Who asks for "*" names no tag: whether there is anything, the read finds out.
            if list_tag and request.headers.get("If-None-Match", "").strip() != "*":
                known: HttpResponseBase | None = unless_known(request, list_tag)
                if known is not None:
                    return known

            def compute() -> Entry:
                data = read(view, request, *args, **kwargs).data
                return (tag(data) if tag else list_tag), encode(data)

            found, body = _entry(key, compute) if settings.REDIS_URL else compute()
            return HttpResponse(body, content_type=MEDIA_TYPE, headers={"ETag": found})

        return wrapped

    return decorate


def _key(view: Any, request: Request, topic: str) -> str:
    """Whose data, at which version, asked for how (of what somebody reads), by which code."""
    principal = principal_of(request._request)  # noqa: SLF001
    version = principal.versions.get(topic, 0)
    filters = getattr(view, "filterset_class", None)
    names = {"page", "limit", *(filters.base_filters if filters else ())}
    asked = sorted((name, request.GET[name]) for name in names & request.GET.keys())
    question = tag_of_bytes(encode([settings.RELEASE, request.path, asked]))
    return f"{topic}:{principal.user.pk}:{version}:{question}"


def _entry(key: str, compute: Callable[[], Entry]) -> Entry:
    """The entry, from the cache or computed and kept; without the cache, computed."""
    lock = f"{key}:lock"
    try:
        found: Entry | None = shared_cache(lambda: cache.get(key))
        if found is None and not shared_cache(lambda: cache.add(lock, 1, LOCK_SECONDS)):
            found = _awaited(key, lock)
    except CacheAway:
        return compute()
    return found or _computed(key, lock, compute)


def _awaited(key: str, lock: str) -> Entry | None:
    """What somebody else is computing, if it comes in time; None as soon as it will not come."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        time.sleep(LOOK_AGAIN_SECONDS)
        found: dict[str, Any] = shared_cache(lambda: cache.get_many([key, lock]))
        if key in found:
            entry: Entry = found[key]
            return entry
        if lock not in found:
            return None
    return None


def _computed(key: str, lock: str, compute: Callable[[], Entry]) -> Entry:
    try:
        entry = compute()
        if len(entry[1]) <= MOST_BYTES:
            with suppress(CacheAway):
                shared_cache(lambda: cache.set(key, entry, LIFE_SECONDS))
        return entry
    finally:
        # Also where it was refused or is too large: nobody waits for what does not come.
        with suppress(CacheAway):
            shared_cache(lambda: cache.delete(lock))
