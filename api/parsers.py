"""Reads JSON strictly: what the database or a browser could not hold is refused with its path."""

import json
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

MAX_DEPTH = 32


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_text(path: str, text: str) -> None:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        message = _("This contains characters that cannot be stored.")
        raise ValidationError({path: [message]}, code="invalid_characters")


def _check(value: Any) -> None:
    """Refuse NUL, lone surrogates and deep nesting anywhere in a JSON value.

    PostgreSQL's text and jsonb hold neither of the first two. Iterative, so depth costs no stack.
    """
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    while stack:
        path, item, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise ValidationError({path: [_("This is nested too deeply.")]}, code="too_deep")
        if isinstance(item, str):
            _check_text(path or "body", item)
        elif isinstance(item, dict):
            for key in item:
                _check_text(path or "body", key)
            # Safe to name in a path, now that it was looked at.
            stack += [
                (f"{path}.{key}".lstrip("."), inner, depth + 1) for key, inner in item.items()
            ]
        elif isinstance(item, list):
            stack += [(f"{path}.{i}".lstrip("."), inner, depth + 1) for i, inner in enumerate(item)]


def parse_json(body: bytes) -> Any:
    """The value of a JSON body.

    Raises ParseError for what is not JSON, ValidationError for what cannot be stored.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ParseError(_("The body is not valid JSON.")) from error
    _check(value)
    return value


class StrictJSONParser(JSONParser):
    """The only parser of the API."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        """Read the whole body. Raises RequestDataTooBig beyond DATA_UPLOAD_MAX_MEMORY_SIZE."""
        request = (parser_context or {}).get("request")
        body = request._request.body if request is not None else stream.read()  # noqa: SLF001
        return parse_json(body)
