"""Gives each request an id that its logs, errors and answer share."""

import logging
import uuid
from contextvars import ContextVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from api.middleware import middleware

NO_ID = "-"
_current: ContextVar[str] = ContextVar("request_id", default=NO_ID)


def current_request_id() -> str:
    """The id of the request at hand, or of what it began; NO_ID outside one."""
    return _current.get()


def work_under(request_id: str) -> None:
    """From here on, what this context does is done for that request."""
    _current.set(request_id)


class RequestIdFilter(logging.Filter):
    """Puts `request_id` on every log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, marked."""
        record.request_id = _current.get()
        return True


def _begin(_request: HttpRequest) -> None:
    work_under(uuid.uuid4().hex)


def _name(_request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    response.headers["X-Request-ID"] = _current.get()
    return response


# Sets the id before anything else runs and names it in `X-Request-ID`.
RequestIdMiddleware = middleware(before=_begin, after=_name)
