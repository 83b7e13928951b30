"""Looks at bodies before a library does that would misread them.

DRF takes a body without a length (sent in chunks) for empty. allauth's reader of JSON knows no end
of nesting, and takes a NUL.
"""

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest
from rest_framework.exceptions import ParseError, ValidationError

from api.errors import is_api, is_headless
from api.middleware import middleware
from api.parsers import parse_json

METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def _measure(request: HttpRequest) -> None:
    if request.method not in METHODS or not is_api(request):
        return
    if request.META.get("CONTENT_LENGTH"):
        return
    try:
        length = len(request.body)
    except RequestDataTooBig:
        # Whoever reads it says so in the contract's words.
        length = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
    request.META["CONTENT_LENGTH"] = str(length)


def _refuse_unreadable(request: HttpRequest) -> None:
    """Refuse JSON that allauth would break on. Forms, which it takes too, begin otherwise."""
    if not is_headless(request) or not request.body.lstrip().startswith((b"{", b"[")):
        return
    try:
        parse_json(request.body)
    except (ParseError, ValidationError) as error:
        raise BadRequest("The body is not JSON that can be stored.") from error


def _look(request: HttpRequest) -> None:
    _measure(request)
    _refuse_unreadable(request)


# The server has received the whole body before a view runs, so nothing waits here.
BodyLengthMiddleware = middleware(before=_look)
