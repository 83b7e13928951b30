"""What Django says of requests, without what is no news."""

import logging
from http import HTTPStatus


class UnforeseenFilter(logging.Filter):
    """Drops a line for each refusal: 4xx is the client's, 503 is said once by whoever is away."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the answer's status is worth a line."""
        status = getattr(record, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR)
        is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return bool(is_ours and status != HTTPStatus.SERVICE_UNAVAILABLE)


class NoFaultFilter(logging.Filter):
    """Takes the traceback off what Django refuses for safety: what a client sent is no fault."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, without its traceback where it is of that kind."""
        if record.name.startswith("django.security"):
            record.exc_info = record.exc_text = None
        return True
