"""The signed-in person's language and time zone, in force while their request runs."""

from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.decorators import sync_and_async_middleware

from accounts.models import User


def _apply(request: HttpRequest, user: User | Any) -> None:
    if not isinstance(user, User):
        timezone.deactivate()
        return
    timezone.activate(ZoneInfo(user.time_zone))
    if user.language:
        translation.activate(user.language)
        request.LANGUAGE_CODE = user.language


def _concerns(request: HttpRequest) -> bool:
    """The API speaks UTC, and a stream should not load a session before it must."""
    return not request.path.startswith("/api/")


def _keep_private(response: HttpResponseBase, user: User | Any) -> None:
    """What somebody saw while signed in is not shown again by Back after they signed out."""
    if isinstance(user, User):
        response.headers.setdefault("Cache-Control", "private, no-store")


@sync_and_async_middleware
def PreferencesMiddleware(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:  # noqa: N802
    """Language by the person's choice, else as LocaleMiddleware found it."""
    if iscoroutinefunction(get_response):
        async_get: Callable[[HttpRequest], Awaitable[HttpResponseBase]] = get_response

        async def async_middleware(request: HttpRequest) -> HttpResponseBase:
            if not _concerns(request):
                return await async_get(request)
            user = await request.auser()
            _apply(request, user)
            response = await async_get(request)
            _keep_private(response, user)
            return response

        return async_middleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase
        if not _concerns(request):
            response = get_response(request)
            return response
        # A lazy object: isinstance() looks through it.
        user = request.user
        _apply(request, user)
        response = get_response(request)
        _keep_private(response, user)
        return response

    return middleware
