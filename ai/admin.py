"""The ledger in the admin."""

from django.contrib import admin

from ai.models import Generation, UsagePeriod
from api.admin import HistoryAdmin


@admin.register(Generation)
class GenerationAdmin(HistoryAdmin[Generation]):
    """What was asked of which model, what it cost and would have cost."""

    list_display = (
        "created_at",
        "user",
        "type",
        "status",
        "tier",
        "model",
        "output_tokens",
        "cost_usd",
        "cost_if_full_usd",
        "latency_ms",
    )
    list_filter = ("status", "tier", "provider", "model", "type", "error_code", "created_at")
    list_select_related = ("user",)
    search_fields = ("id", "user__email", "prompt")
    date_hierarchy = "created_at"


@admin.register(UsagePeriod)
class UsagePeriodAdmin(HistoryAdmin[UsagePeriod]):
    """Counters by person and period."""

    list_display = (
        "user",
        "start",
        "generations_used",
        "generations_reserved",
        "spend_used_usd",
        "spend_reserved_usd",
    )
    list_filter = ("start",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
