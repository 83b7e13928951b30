"""Every error of the API in one envelope, whichever layer it comes from."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from api.json import JsonAnswer
from api.middleware import middleware
from api.requestid import current_request_id

# The database or Redis is away: nobody's fault who called, and soon over.
AWAY = (OperationalError, InterfaceError, RedisError, ConnectionInterrupted)


class ApiError(Exception):
    """An anticipated failure that the client is told of in a sentence.

    `extra` joins the envelope (a quota's numbers, a conflict's current row); `headers` the answer.
    """

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = HTTPStatus(status or self.status)
        self.code = code or self.code
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


class Conflict(ApiError):
    """The client's picture of a row is out of date, or the step is not possible from here."""

    status = HTTPStatus.CONFLICT
    code = "conflict"


def envelope(
    message: str, code: str, details: list[dict[str, str]] | None = None, **extra: Any
) -> dict[str, Any]:
    """`{"error", "code", "details", "requestId", …extra}`."""
    return {
        "error": str(message),
        "code": code,
        "details": details or [],
        "requestId": current_request_id(),
        **extra,
    }


def _code_of(status: int) -> str:
    return {
        400: "bad_request",
        401: "unauthorized",
        403: "forbidden",
        404: "not_found",
        405: "method_not_allowed",
        406: "not_acceptable",
        413: "too_large",
        415: "unsupported_media_type",
        429: "rate_limited",
        503: "unavailable",
    }.get(status, "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "bad_request")


def _sentence_of(status: int) -> str:
    return {
        400: _("The request could not be understood."),
        401: _("Sign in, or send a valid token."),
        403: _("You are not allowed to do this."),
        404: _("There is nothing here."),
        405: _("This address does not take that method."),
        406: _("We answer with application/json."),
        413: _("That is too large."),
        415: _("Send this as application/json."),
        429: _("Too many requests. Wait a little and try again."),
    }.get(status, _("Something went wrong on our side. It has been noted."))


def _details(errors: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Flatten DRF's nested error details into `{"path", "message", "code"}`."""
    if isinstance(errors, Mapping):
        if set(errors) == {"message", "code"} and not isinstance(errors["message"], list | dict):
            yield {"path": path, "message": str(errors["message"]), "code": str(errors["code"])}
            return
        for key, value in errors.items():
            inner = path if key in {"non_field_errors", "__all__"} else f"{path}.{key}".lstrip(".")
            yield from _details(value, inner)
    elif isinstance(errors, list):
        for index, value in enumerate(errors):
            is_leaf = isinstance(value, Mapping) and set(value) == {"message", "code"}
            yield from _details(value, path if is_leaf else f"{path}.{index}".lstrip("."))


def _as_known(exc: Exception) -> Exception:
    """Django's and the libraries' anticipated exceptions as ours or DRF's; any other as it is."""
    if isinstance(exc, DjangoValidationError):
        return exceptions.ValidationError(as_serializer_error(exc))
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    return _as_ours(exc)


def _as_ours(exc: Exception) -> Exception:
    if isinstance(exc, IntegrityError):
        # A twin was faster than the check: the constraint is the rule, the check its manners.
        return Conflict(_("Somebody else has just taken this."))
    if isinstance(exc, AWAY):
        message = _("This cannot be reached right now. Try again in a few seconds.")
        return ApiError(message, status=503, code="unavailable", headers={"Retry-After": "5"})
    if isinstance(exc, RequestDataTooBig):
        return ApiError(_sentence_of(413), status=413, code=_code_of(413))
    if isinstance(exc, exceptions.ParseError):
        return ApiError(str(exc.detail), code="malformed_json")
    return exc


def _validation_parts(exc: exceptions.ValidationError) -> tuple[int, dict[str, Any]]:
    details = list(_details(exc.get_full_details()))
    first = details[0] if details else {"path": "", "message": ""}
    where = f"{first['path']}: " if first["path"] else ""
    message = f"{where}{first['message']}" or _sentence_of(exc.status_code)
    return exc.status_code, envelope(message, "validation_error", details)


def error_parts(exc: Exception) -> tuple[int, dict[str, Any], dict[str, str]]:
    """(status, envelope, headers) of an anticipated exception; re-raises any other."""
    known = _as_known(exc)
    if isinstance(known, ApiError):
        return known.status, envelope(known.message, known.code, **known.extra), known.headers
    if isinstance(known, exceptions.ValidationError):
        return *_validation_parts(known), {}
    if isinstance(known, exceptions.APIException):
        status = known.status_code
        headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
        return status, envelope(_sentence_of(status), _code_of(status)), headers
    raise exc


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: an envelope for what was anticipated, None (a 500, logged) for the rest."""
    try:
        status, body, headers = error_parts(exc)
    except Exception as unforeseen:
        if unforeseen is exc:
            return None
        raise
    return Response(body, status=status, headers=headers)


def error_response(exc: Exception) -> JsonAnswer:
    """The same for views outside DRF. Re-raises what was not anticipated."""
    status, body, headers = error_parts(exc)
    return JsonAnswer(body, status=status, headers=headers)


def is_api(request: HttpRequest) -> bool:
    """Whether an answer to this request is the API's."""
    return request.path.startswith("/api/") or request.path == "/api"


def is_headless(request: HttpRequest) -> bool:
    """Whether this is for allauth's API, where programs sign in."""
    return request.path.startswith("/_allauth/")


def is_program(request: HttpRequest) -> bool:
    """Whether a program asks, which takes no page for an answer."""
    return is_api(request) or is_headless(request)


def envelope_of_status(request: HttpRequest, status: int, message: str = "") -> JsonAnswer:
    """An answer that says no more than its status, which allauth's clients look for in the body."""
    extra: dict[str, Any] = {"status": status} if is_headless(request) else {}
    made = envelope(message or _sentence_of(status), _code_of(status), **extra)
    return JsonAnswer(made, status=status)


def as_envelope(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Replace an error page for a program (routing, method, host, 500) by the envelope."""
    status = response.status_code
    content_type = response.headers.get("Content-Type", "")
    if not is_program(request) or status < HTTPStatus.BAD_REQUEST or "json" in content_type:
        return response
    answer = envelope_of_status(request, status)
    for name, value in response.headers.items():
        # What was said of the request stands (CORS, Allow, Retry-After); not what of the page.
        if not name.lower().startswith("content-"):
            answer.headers[name] = value
    answer.cookies = response.cookies
    return answer


# No program is answered with an HTML error page; nor with an empty one, as allauth has them.
ApiErrorMiddleware = middleware(after=as_envelope)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What a missing or stale CSRF token answers: JSON for programs, a page elsewhere."""
    message = _("The form is too old, or came from elsewhere. Reload the page and try again.")
    if is_program(request):
        return envelope_of_status(request, HTTPStatus.FORBIDDEN, message)
    return render(request, "403_csrf.html", {"message": message}, status=HTTPStatus.FORBIDDEN)
