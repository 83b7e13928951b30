"""Counters by person and period."""

from django.contrib import admin

from ai.models import UsagePeriod
from api.admin import HistoryAdmin


@admin.register(UsagePeriod)
class UsagePeriodAdmin(HistoryAdmin[UsagePeriod]):
    """What each used, reserved and saved."""

    list_display = (
        "user",
        "start",
        "generations_used",
        "generations_reserved",
        "spend_used_usd",
        "spend_reserved_usd",
        "spend_full_usd",
        "cache_saved_usd",
    )
    list_filter = ("start",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    date_hierarchy = "start"
