"""Is it alive, and is it ready."""

import logging
from collections.abc import Callable

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, JsonResponse

from api.threads import give_back_connections

logger = logging.getLogger("huntaze.health")


async def healthz(request: HttpRequest) -> JsonResponse:
    """Alive: touches nothing."""
    return JsonResponse({"status": "ok"})


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    cache.set("huntaze:readyz", "1", 10)
    if cache.get("huntaze:readyz") != "1":
        raise RuntimeError("what was written did not come back")


def _storage() -> None:
    if settings.STORAGES["default"]["BACKEND"].endswith("FileSystemStorage"):
        settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    default_storage.exists("readyz")


def _queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM procrastinate_jobs LIMIT 1")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "cache": _cache,
    "storage": _storage,
    "queue": _queue,
}


def _run_checks() -> dict[str, str]:
    results: dict[str, str] = {}
    for name, check in CHECKS.items():
        if name == "queue" and results["database"] != "ok":
            # It lies in the same database: waiting for a second time-out tells nothing new.
            results[name] = "failed"
            continue
        try:
            check()
            results[name] = "ok"
        except Exception:
            # The answer says which part; why stands in the log, away from strangers.
            logger.exception("Not ready: %s", name)
            results[name] = "failed"
    give_back_connections()
    return results


async def readyz(request: HttpRequest) -> JsonResponse:
    """Ready: database, cache, storage and queue answer; 503 otherwise."""
    results = await sync_to_async(_run_checks)()
    is_ready = all(each == "ok" for each in results.values())
    body = {"status": "ok" if is_ready else "unavailable", "checks": results}
    return JsonResponse(body, status=200 if is_ready else 503)
