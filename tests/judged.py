"""Lets the description judge whatever Django's test clients are answered."""

from typing import Any

from django.test import AsyncClient, Client

from tests.described import check


def _sent(request: Any) -> bytes | None:
    # Read by the view, or not of interest.
    body: bytes | None = getattr(request, "_body", None)
    return body


def install() -> None:
    """Once, before the first test."""
    plain, plain_async = Client.request, AsyncClient.request

    def request(self: Client, **environ: Any) -> Any:
        response = plain(self, **environ)
        method, path = environ.get("REQUEST_METHOD", "GET"), environ.get("PATH_INFO", "/")
        check(method, path, response, _sent(response.wsgi_request))
        return response

    async def request_async(self: AsyncClient, **scope: Any) -> Any:
        response = await plain_async(self, **scope)
        asked = response.asgi_request
        check(asked.method, asked.path, response, _sent(asked))
        return response

    Client.request = request  # type: ignore[method-assign]
    AsyncClient.request = request_async  # type: ignore[method-assign]
