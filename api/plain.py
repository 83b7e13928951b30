"""Plain async views, for what DRF cannot do: it has no async handlers. The manners are the same."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import UnsupportedMediaType

from api.authentication import authenticate
from api.errors import error_response
from api.later import answers_later
from api.models import ApiToken
from api.parsers import parse_json


class SignedInRequest(HttpRequest):
    """A request whose caller is known (for type checkers; requests are marked, not remade)."""

    caller: Any
    token: ApiToken | None


def signed_in(method: str) -> Callable[[Callable[..., Awaitable[HttpResponseBase]]], Any]:
    """A view for one method and signed-in callers; its errors become the contract's envelope.

    CSRF is checked by `authenticate` where the caller came by cookie, as DRF does.
    """

    def decorate(view: Callable[..., Awaitable[HttpResponseBase]]) -> Any:
        @csrf_exempt
        @wraps(view)
        async def wrapped(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != method:
                return HttpResponseNotAllowed([method])
            try:
                principal = await authenticate(request)
                request.caller, request.token = principal.user, principal.token
                return await view(request, *args, **kwargs)
            except Exception as error:  # noqa: BLE001  (what is unforeseen is re-raised)
                return error_response(error)

        return answers_later(wrapped)

    return decorate


def json_body(request: HttpRequest) -> Any:
    """The request's JSON.

    Raises ParseError, ValidationError, UnsupportedMediaType or RequestDataTooBig.
    """
    content_type = (request.content_type or "").lower()
    if content_type != "application/json":
        raise UnsupportedMediaType(content_type)
    return parse_json(request.body)
