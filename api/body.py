"""Names the length of a body that was sent in chunks: DRF takes one without a length for empty."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from api.errors import is_api
from api.middleware import middleware

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


# The server has received the whole body before a view runs, so its length is known.
BodyLengthMiddleware = middleware(before=_measure)
