"""Filters of lists: an unknown value is an error, never an empty or a whole list."""

from typing import Any

from django_filters import rest_framework as filters
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError


class StrictFilterSet(filters.FilterSet):  # type: ignore[misc]
    """Refuses NUL and what its fields refuse."""


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Raises the contract's validation error with the parameter as its path."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """The filtered rows."""
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            errors = {
                name: [
                    ErrorDetail(sentence, code=each.code or "invalid")
                    for each in found
                    for sentence in each.messages
                ]
                for name, found in filterset.errors.as_data().items()
            }
            raise ValidationError(errors)
        return filterset.qs
