"""Django's error handlers: the envelope under /api, without a page; elsewhere Django's own."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from api.errors import envelope_of_status, is_api


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return envelope_of_status(400) if is_api(request) else defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    page: Any = defaults.permission_denied
    return envelope_of_status(403) if is_api(request) else page(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    page: Any = defaults.page_not_found
    return envelope_of_status(404) if is_api(request) else page(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return envelope_of_status(500) if is_api(request) else defaults.server_error(request)
