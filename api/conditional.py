"""Conditional requests: every read has an ETag and may be answered 304; writes may name theirs."""

from hashlib import sha256
from typing import Any

from django.http import HttpRequest
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.request import Request

from api.errors import Conflict, is_api
from api.json import encode
from api.middleware import middleware

READS = frozenset({"GET", "HEAD"})
CACHING = "private, no-cache"


def tag_of_bytes(*parts: bytes) -> str:
    """A strong ETag (RFC 9110, section 8.8.3) of what the parts say together."""
    digest = sha256()
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return f'"{digest.hexdigest()[:32]}"'


def tag_of(data: Any) -> str:
    """The ETag of a read that answers with this data."""
    return tag_of_bytes(encode(data))


def expect(request: HttpRequest | Request, data: Any) -> None:
    """Raises Conflict, with the current row, where `If-Match` names another than this data's tag.

    The caller holds the row locked, so that nobody changes it between this and the write.
    """
    wanted = request.headers.get("If-Match")
    if wanted is None:
        return
    # A proxy that compresses makes the tag weak; it names the same row.
    tags = [tag.removeprefix("W/") for tag in parse_etags(wanted)]
    if tags != ["*"] and tag_of(data) not in tags:
        message = _("This was changed elsewhere since you opened it.")
        raise Conflict(message, extra={"current": data})


def unless_known(request: HttpRequest | Request, tag: str, response: Any = None) -> Any:
    """A 304 where the client has what the tag names already; else the response.

    `If-Match` is for writes: a read does no harm, whatever the client thought it would find.
    """
    if "If-None-Match" not in request.headers or "If-Match" in request.headers:
        return response
    found = get_conditional_response(request, etag=tag, response=response)
    if found is not None and found is not response:
        # Django's 304 has what the response had: nothing, where there is none yet.
        found.headers["ETag"] = tag
        found.headers.setdefault("Cache-Control", CACHING)
    return found


def _answer(request: HttpRequest, response: Any) -> Any:
    """Tag a read, and leave its body out where the client has it already."""
    if request.method not in READS or not is_api(request) or response.status_code != 200:  # noqa: PLR2004
        return response
    if response.streaming:
        return response
    response.headers.setdefault("Cache-Control", CACHING)
    if "ETag" not in response.headers:
        response.headers["ETag"] = tag_of_bytes(response.content)
    return unless_known(request, response.headers["ETag"], response)


ConditionalMiddleware = middleware(after=_answer)
