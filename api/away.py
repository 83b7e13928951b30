"""Answers 503 where the database or the cache is away while a page or a sign-in is being served.

(Under /api the views say so themselves, in the same words.)
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.template import loader

from api.errors import AWAY, error_response
from api.shared_cache import CACHE_AWAY, note_outage

RETRY_AFTER = "5"


class AwayMiddleware:
    """Looks at what a view raises; everything else passes."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """The answer, or its coroutine."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page or the envelope, with Retry-After; None for any other exception."""
        if not isinstance(exception, AWAY):
            return None
        if isinstance(exception, CACHE_AWAY):
            note_outage(exception)
        if request.path.startswith(("/api/", "/_allauth/")):
            return error_response(exception)
        # Without the request: its context would ask the database again.
        return HttpResponse(
            loader.render_to_string("503.html"),
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            headers={"Retry-After": RETRY_AFTER},
        )
