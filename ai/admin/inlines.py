"""What hangs on a generation: its calls, and what became of its answer."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ai.models import Feedback, Generation, ProviderCall


class CallInline(admin.TabularInline[ProviderCall, Generation]):
    """Every attempt, in order."""

    model = ProviderCall
    ordering = ("attempt",)
    extra = 0
    can_delete = False
    show_change_link = True
    fields = (
        "attempt",
        "purpose",
        "status",
        "provider",
        "model",
        "fresh_input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "output_tokens",
        "is_estimated",
        "reserved_usd",
        "cost_usd",
        "error_kind",
        "latency_ms",
    )
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Calls come from the engine."""
        return False


class FeedbackInline(admin.TabularInline[Feedback, Generation]):
    """What the creator said of it, or did with it."""

    model = Feedback
    extra = 0
    can_delete = False
    fields = ("verdict", "edited_share", "is_implied", "created_at", "updated_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Creators judge, not staff."""
        return False
