"""Django's error handlers: the envelope for programs, without a page; elsewhere Django's own."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults

from api.errors import envelope_of_status, is_program


def nothing_here(request: HttpRequest, **_parts: str) -> HttpResponse:
    """An address that a library has and we have not."""
    raise Http404


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return (
        envelope_of_status(request, 400)
        if is_program(request)
        else defaults.bad_request(request, exception)
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    page: Any = defaults.permission_denied
    return envelope_of_status(request, 403) if is_program(request) else page(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    page: Any = defaults.page_not_found
    return envelope_of_status(request, 404) if is_program(request) else page(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return (
        envelope_of_status(request, 500) if is_program(request) else defaults.server_error(request)
    )
