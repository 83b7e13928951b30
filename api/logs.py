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
