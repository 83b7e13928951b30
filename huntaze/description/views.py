"""Serves the API's description, and a page to try it."""

import json
from functools import cache
from threading import Lock
from typing import Any

from django.conf import settings
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

# drf-spectacular changes its own classes while it works: two at once break each other.
_one_at_a_time = Lock()


def description() -> dict[str, Any]:
    """The whole document, made once a process; in English, whoever asks first."""
    with _one_at_a_time:
        return _made()


@cache
def _made() -> dict[str, Any]:
    with translation.override("en"):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


class DescriptionView(APIView):
    """`/schema`, public."""

    permission_classes = (AllowAny,)
    authentication_classes: Any = ()
    renderer_classes = (OpenApiJsonRenderer, OpenApiJsonRenderer2)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """OpenAPI 3.1, in English."""
        return Response(description())


class DocsView(SpectacularSwaggerSplitView):
    """`/docs`, public: this description, and allauth's of signing in."""

    template_name_js = "drf_spectacular/try_it.js"
    # DRF would describe the page in a template that it has not.
    http_method_names = ("get", "head")

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The page; with `?script`, what makes it work."""
        # Sets the cookie that the page's unsafe calls send back in a header.
        get_token(request._request)  # noqa: SLF001
        answer: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        if isinstance(answer.data, dict):
            answer.data["configuration"] = json.dumps(
                {
                    "urls": [
                        {"name": "Huntaze API", "url": reverse("api_schema")},
                        {"name": "Signing in", "url": reverse("headless:openapi_json")},
                    ],
                    "csrfCookie": settings.CSRF_COOKIE_NAME,
                }
            )
        return answer
