"""Requests that come twice with one idempotency key: which generation answers the second."""

from http import HTTPStatus
from uuid import UUID

from ai.failures import failure_of
from ai.models import Generation
from api.idempotency import Key, hold
from api.models import IdempotencyKey


class AlreadyOpened(Exception):
    """The same request has begun this generation before."""

    def __init__(self, generation_id: UUID) -> None:
        super().__init__(generation_id)
        self.generation_id = generation_id


def hold_for_generation(key: Key) -> IdempotencyKey:
    """The key's row, for a generation that is to be opened in the transaction at hand.

    Raises AlreadyOpened where a twin was first, and what `hold` raises.
    """
    row = hold(key)
    if row.subject_id and _stands(row.subject_id):
        raise AlreadyOpened(row.subject_id)
    return row


def _stands(generation_id: UUID) -> bool:
    """Whether it answers a twin; one that failed for a while frees its key."""
    found: Generation | None = Generation.objects.filter(id=generation_id).first()
    if found is None:
        return False
    if found.status != Generation.Status.FAILED:
        return True
    failure = failure_of(found.error_code)
    # A 503 tells the client to come again, whoever has to mend it meanwhile.
    return not (failure.is_retryable or failure.status == HTTPStatus.SERVICE_UNAVAILABLE)
