"""JSON out: times in UTC, UUIDs and decimals as strings."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer

MEDIA_TYPE = "application/json"


def _other(value: Any) -> str:
    """Translations, and DRF's strings with a code. Raises NotImplementedError for anything else."""
    if isinstance(value, str | Promise):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} is no JSON")


encode = msgspec.json.Encoder(enc_hook=_other).encode


def plain(data: Any) -> Any:
    """The same as the strings, numbers and containers that the body would hold."""
    return msgspec.to_builtins(data, enc_hook=_other)


class JSONRenderer(BaseRenderer):
    """The only renderer of the API."""

    media_type = MEDIA_TYPE
    format = "json"
    charset = None

    def render(self, data: Any, media_type: Any = None, renderer_context: Any = None) -> bytes:
        """The body; empty for nothing, as a 204 wants it."""
        return b"" if data is None else encode(data)


class JsonAnswer(HttpResponse):
    """The same for what is not a view of DRF's."""

    def __init__(
        self, data: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(encode(data), content_type=MEDIA_TYPE, status=status, headers=headers)
