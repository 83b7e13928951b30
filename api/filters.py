"""Filters of lists: an unknown value is an error, never an empty or a whole list."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError


class StrictFilterSet(filters.FilterSet):  # type: ignore[misc]
    """Refuses NUL and what its fields refuse."""


class _FlagField(forms.Field):
    """Django's own takes what it does not know for "either"."""

    def to_python(self, value: Any) -> bool | None:
        """True, False, or None where nothing was asked."""
        if value in {None, ""}:
            return None
        if value.lower() not in {"true", "false", "1", "0"}:
            raise forms.ValidationError(_("This must be true or false."), code="invalid")
        return value.lower() in {"true", "1"}


class FlagFilter(filters.BooleanFilter):  # type: ignore[misc]
    """`true` or `false`, nothing else."""

    field_class = _FlagField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"widget": forms.TextInput, **kwargs})


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Raises the contract's validation error with the parameter as its path."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """The filtered rows."""
        if getattr(view, "action", "list") != "list":
            # A filter chooses rows of a list; it hides no row that was asked for by name.
            return queryset
        if not self._is_asked(request, view):
            return queryset
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

    def _is_asked(self, request: Any, view: Any) -> bool:
        """Whether the query names one of the filters: to build their form costs most of a list."""
        filterset_class = getattr(view, "filterset_class", None)
        return filterset_class is not None and not request.query_params.keys().isdisjoint(
            filterset_class.base_filters
        )
