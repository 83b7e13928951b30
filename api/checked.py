"""Checks what comes in, by serializers made once: to make one takes longer than to run it."""

from functools import cache
from typing import Any

from rest_framework.serializers import Serializer


@cache
def _form(kind: type[Serializer[Any]]) -> Serializer[Any]:
    return kind()


def checked(kind: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """The validated data. Raises DRF's ValidationError.

    For a kind whose checks know nothing but the data: no instance, no context, no `initial_data`.
    """
    return dict(_form(kind).run_validation(data))
