"""Idempotency keys: a request that is sent again is the same request, whatever crashed between.

The key's row is written in the transaction of the work it stands for. A twin's INSERT waits on the
unique constraint until that transaction ends: committed, the twin finds the answer (or the name of
what was begun); rolled back, as when its holder dies, the key is free. No lease has to run out.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Conflict
from api.json import JSONRenderer
from api.models import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MOST_CHARACTERS = 255
# Of an answer, besides its body; what is about the connection or the moment is made anew.
KEPT_HEADERS = frozenset({"ETag", "Location"})
# Long enough for any transaction of ours, short enough for a client that waits.
WAIT = "5s"


@dataclass(frozen=True, slots=True)
class Key:
    """Whose key, for which address, by what name, and what was asked."""

    user: Any
    route: str
    name: str
    fingerprint: str


def key_of(request: HttpRequest | Request, *, user: Any, body: Any) -> Key | None:
    """The key that the client sent with a JSON body; None without one.

    Raises ValidationError for a header that is no key.
    """
    name = request.headers.get(HEADER)
    if name is None:
        return None
    return key_named(name, user=user, route=f"{request.method} {request.path}", body=body)


def key_named(name: str, *, user: Any, route: str, body: Any, field: str = HEADER) -> Key:
    """The key of that name. Raises ValidationError for what is none, naming its `field`."""
    if not (1 <= len(name) <= MOST_CHARACTERS and name.isascii() and name.isprintable()):
        message = _("A key is 1 to %(most)d printable ASCII characters.")
        raise ValidationError({field: [message % {"most": MOST_CHARACTERS}]}, code="invalid")
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    # Keyed, since a body may hold a password.
    digest = salted_hmac("api.idempotency", canonical, algorithm="sha256").hexdigest()
    return Key(user, route, name, digest)


def in_progress() -> Conflict:
    """Whoever came first is still at it, for longer than a client should wait."""
    message = _("The first request with this key is still being worked on. Try again in a moment.")
    return Conflict(message, code="in_progress", headers={"Retry-After": "5"})


def hold(key: Key) -> IdempotencyKey:
    """The key's row, locked for the transaction at hand; a new one has no answer and no subject.

    Raises Conflict: `in_progress` when the first holder takes too long, `idempotency_conflict` when
    it asked for something else.
    """
    with _bounded_wait():
        while (found := _inserted(key)) is None:
            # Forgotten between the INSERT and the SELECT.
            pass
    if found.fingerprint != key.fingerprint:
        message = _("This key was used before, for another request.")
        raise Conflict(message, code="idempotency_conflict")
    return found


def _inserted(key: Key) -> IdempotencyKey | None:
    """A new row unless there is one; what is past its time counts as absent."""
    rows = IdempotencyKey.objects.filter(user=key.user, route=key.route, key=key.name)
    rows.expired().delete()
    new = IdempotencyKey(user=key.user, route=key.route, key=key.name, fingerprint=key.fingerprint)
    IdempotencyKey.objects.bulk_create([new], ignore_conflicts=True)
    found: IdempotencyKey | None = rows.select_for_update().first()
    return found


@contextmanager
def _bounded_wait() -> Iterator[None]:
    """Wait for nobody's transaction longer than WAIT; the work itself waits as ever."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
        try:
            yield
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise in_progress() from error
            raise
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def answer_once[Answer: HttpResponseBase](
    key: Key, make: Callable[[], Answer], body_of: Callable[[Answer], bytes]
) -> Answer | HttpResponse:
    """The answer that was kept, else what `make` answers, kept in the transaction of its work.

    Only a success is kept; a refusal rolls everything back and leaves the key free.
    """
    with transaction.atomic():
        row = hold(key)
        if row.status is not None:
            return _replay(row)
        answer = make()
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            transaction.set_rollback(True)
        else:
            row.status, row.body = answer.status_code, body_of(answer).decode()
            row.headers = {name: answer[name] for name in KEPT_HEADERS if name in answer}
            row.save(update_fields=["status", "body", "headers"])
    return answer


def _replay(row: IdempotencyKey) -> HttpResponse:
    answer = HttpResponse(row.body, status=row.status, content_type="application/json")
    for name, value in row.headers.items():
        answer.headers[name] = value
    return mark_replayed(answer)


def mark_replayed[Answer: HttpResponseBase](answer: Answer) -> Answer:
    """Say that this was done before."""
    answer.headers[REPLAYED] = "true"
    return answer


def idempotent(handler: Callable[..., Response]) -> Callable[..., HttpResponseBase]:
    """Let a viewset's POST take a key: its work and its answer are one transaction."""

    @wraps(handler)
    def wrapped(self: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = key_of(request, user=request.user, body=request.data)
        if key is None:
            return handler(self, request, *args, **kwargs)
        return answer_once(
            key,
            lambda: handler(self, request, *args, **kwargs),
            # Not rendered yet: by the only renderer there is, as DRF will.
            lambda answer: JSONRenderer().render(answer.data),
        )

    return wrapped
