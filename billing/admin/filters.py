"""Filters of the lists of billing."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import InboxEvent

RECENT = timedelta(days=30)


class EventType(admin.SimpleListFilter):
    """The types that came lately, and the one that was chosen.

    Django's own filter reads the whole inbox for them, at each opening of the list.
    """

    title, parameter_name = _("type"), "type"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Iterable[tuple[str, str]]:
        """In the order of the alphabet; one statement over the index on the date."""
        rows = InboxEvent.objects.filter(received_at__gte=timezone.now() - RECENT)
        found = set(rows.order_by().values_list("type", flat=True).distinct())
        if chosen := request.GET.get(self.parameter_name, ""):
            found.add(chosen)
        return [(value, value) for value in sorted(found)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the chosen type."""
        chosen = self.value()
        if chosen and "\0" in chosen:
            # No column holds it, and PostgreSQL does not take it.
            return queryset.none()
        return queryset.filter(type=chosen) if chosen else queryset


class OpenOrNot(admin.SimpleListFilter):
    """Rows by a date that is empty while they are open."""

    column: str
    open_label: Any
    closed_label: Any

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Iterable[tuple[str, Any]]:
        """Open and not."""
        return [("open", self.open_label), ("closed", self.closed_label)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By whether the date is there."""
        if self.value() not in ("open", "closed"):
            return queryset
        return queryset.filter(**{f"{self.column}__isnull": self.value() == "open"})


class Resolved(OpenOrNot):
    """Alerts."""

    title, parameter_name, column = _("state"), "state", "resolved_at"
    open_label, closed_label = _("Open"), _("Seen to")


class Sent(OpenOrNot):
    """Mails."""

    title, parameter_name, column = _("state"), "state", "sent_at"
    open_label, closed_label = _("Owed"), _("Sent")


class Closed(OpenOrNot):
    """Checkouts."""

    title, parameter_name, column = _("state"), "state", "closed_at"
    open_label, closed_label = _("Open"), _("Closed")


class Grace(OpenOrNot):
    """Accounts; grace is there only after a payment has failed."""

    title, parameter_name, column = _("grace"), "grace", "grace_ends_at"
    open_label, closed_label = _("None"), _("Given")
