"""Filters whose choices stay cheap when the ledger has millions of rows."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Django's own reads the whole table for the values of a column, at each opening of the list.
RECENT = timedelta(days=30)


class RecentValues(admin.SimpleListFilter):
    """The values that a column had lately, and the one that was chosen."""

    column: str

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Iterable[tuple[str, str]]:
        """In the order of the alphabet; one statement over an index on the date."""
        rows = model_admin.get_queryset(request).filter(created_at__gte=timezone.now() - RECENT)
        found = set(rows.order_by().values_list(self.column, flat=True).distinct()) - {""}
        if chosen := request.GET.get(self.parameter_name or ""):
            found.add(chosen)
        return [(value, value) for value in sorted(found)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those with the chosen value."""
        chosen = self.value()
        if chosen and "\0" in chosen:
            # No column holds it, and PostgreSQL does not take it.
            return queryset.none()
        return queryset.filter(**{self.column: chosen}) if chosen else queryset


class Provider(RecentValues):
    """Who was asked."""

    title, parameter_name, column = _("provider"), "provider", "provider"


class Model(RecentValues):
    """What was asked."""

    title, parameter_name, column = _("model"), "model", "model"


class ErrorCode(RecentValues):
    """How a generation failed."""

    title, parameter_name, column = _("error"), "error_code", "error_code"


class ErrorKind(RecentValues):
    """How a call failed."""

    title, parameter_name, column = _("error"), "error_kind", "error_kind"


class Reused(admin.SimpleListFilter):
    """Whether an earlier answer was given again."""

    title, parameter_name = _("given again"), "reused"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Iterable[tuple[str, Any]]:
        """Yes and no."""
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By what it was answered from."""
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(reused_from_id__isnull=self.value() == "no")
