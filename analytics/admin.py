"""Events in the admin."""

from django.contrib import admin

from analytics.models import Event
from api.admin import HistoryAdmin


@admin.register(Event)
class EventAdmin(HistoryAdmin[Event]):
    """What happened, newest first."""

    list_display = ("event_type", "user", "occurred_at")
    list_filter = ("event_type", "occurred_at")
    list_select_related = ("user",)
    search_fields = ("event_type", "user__email")
    date_hierarchy = "occurred_at"
