"""What a provider's refusal means: its status, its error's code, when to ask again.

The vendor's sentence is read to tell kinds apart where it has no code, and goes no further: it may
hold a key or a prompt.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import msgspec

from ai.providers.base import ErrorKind, ProviderError

# Codes and types of OpenAI, Azure, Anthropic, llama.cpp and vLLM.
KIND_BY_WORD = {
    "content_filter": ErrorKind.CONTENT_FILTER,
    "content_policy_violation": ErrorKind.CONTENT_FILTER,
    "context_length_exceeded": ErrorKind.PROMPT_TOO_LONG,
    "exceed_context_size_error": ErrorKind.PROMPT_TOO_LONG,
    "request_too_large": ErrorKind.PROMPT_TOO_LONG,
    "string_above_max_length": ErrorKind.PROMPT_TOO_LONG,
    # A purse that is empty fills no sooner for waiting: another provider has another purse.
    "insufficient_quota": ErrorKind.AUTH,
    "billing_error": ErrorKind.AUTH,
    "billing_hard_limit_reached": ErrorKind.AUTH,
    "authentication_error": ErrorKind.AUTH,
    "invalid_api_key": ErrorKind.AUTH,
    "permission_error": ErrorKind.AUTH,
    "not_found_error": ErrorKind.AUTH,
    "model_not_found": ErrorKind.AUTH,
    "DeploymentNotFound": ErrorKind.AUTH,
    "rate_limit_error": ErrorKind.RATE_LIMIT,
    "rate_limit_exceeded": ErrorKind.RATE_LIMIT,
    "timeout_error": ErrorKind.TIMEOUT,
    "overloaded_error": ErrorKind.SERVER,
    "api_error": ErrorKind.SERVER,
    "server_error": ErrorKind.SERVER,
}
# A model that this key may not use is "not found": another one of the tier may be.
KIND_BY_STATUS: dict[int, ErrorKind] = {
    HTTPStatus.UNAUTHORIZED: ErrorKind.AUTH,
    HTTPStatus.PAYMENT_REQUIRED: ErrorKind.AUTH,
    HTTPStatus.FORBIDDEN: ErrorKind.AUTH,
    HTTPStatus.NOT_FOUND: ErrorKind.AUTH,
    HTTPStatus.REQUEST_TIMEOUT: ErrorKind.TIMEOUT,
    HTTPStatus.CONFLICT: ErrorKind.SERVER,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ErrorKind.PROMPT_TOO_LONG,
    HTTPStatus.TOO_MANY_REQUESTS: ErrorKind.RATE_LIMIT,
    HTTPStatus.GATEWAY_TIMEOUT: ErrorKind.TIMEOUT,
}
# What Anthropic and vLLM have no code for.
KIND_BY_SENTENCE = (
    (
        re.compile(
            r"prompt is too long|maximum context length|context (?:window|size|limit|length)",
            re.IGNORECASE,
        ),
        ErrorKind.PROMPT_TOO_LONG,
    ),
    (re.compile(r"content filtering policy", re.IGNORECASE), ErrorKind.CONTENT_FILTER),
)
SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
MAX_WAIT_SECONDS = 24 * 3600.0


class VendorError(msgspec.Struct):
    """The object that tells of an error; vendors differ in what they fill in."""

    code: str | int | float | None = None
    type: str | None = None
    message: str | None = None


class _Body(msgspec.Struct):
    error: VendorError | str | None = None
    code: str | int | float | None = None
    type: str | None = None
    message: str | None = None


_decode = msgspec.json.Decoder(_Body, strict=False).decode


def kind_of(error: VendorError, status: int = HTTPStatus.INTERNAL_SERVER_ERROR) -> ErrorKind:
    """What an error object means; in a stream it has no status but the one in its code."""
    for word in (error.code, error.type):
        if isinstance(word, str) and word in KIND_BY_WORD:
            return KIND_BY_WORD[word]
    if isinstance(error.code, int) and error.code >= HTTPStatus.BAD_REQUEST:
        status = error.code
    elif error.type == "invalid_request_error" and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        status = HTTPStatus.BAD_REQUEST
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
        for sentence, kind in KIND_BY_SENTENCE:
            if sentence.search(error.message or ""):
                return kind
    is_theirs = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return KIND_BY_STATUS.get(status, ErrorKind.SERVER if is_theirs else ErrorKind.INVALID)


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The error of an answer that is none."""
    error = kind_of(_error_in(body), status)
    return ProviderError(error, retry_after_seconds=retry_after_seconds(headers))


def _error_in(body: bytes) -> VendorError:
    try:
        found = _decode(body)
    except (msgspec.MsgspecError, ValueError):
        # A proxy's page, or nothing: the status has to do.
        return VendorError()
    if isinstance(found.error, str):
        return VendorError(message=found.error)
    return found.error or VendorError(found.code, found.type, found.message)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """How long to wait (RFC 9110, 10.2.3: seconds or a date); None where nobody says."""
    said = headers.get("Retry-After", "").strip()
    if SECONDS.fullmatch(said):
        return min(float(said), MAX_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), MAX_WAIT_SECONDS)
