"""What was asked of which model, what it cost and would have cost."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ai.admin.export import ExportAdmin
from ai.admin.filters import ErrorCode, Model, Provider, Reused
from ai.admin.inlines import CallInline, FeedbackInline
from ai.models import Generation

WORDS = ("prompt", "text")
ASKED = ("type", "tone", "length", "language", "platform", "quality")
ROUTE = (
    ("provider", "model", "tier"),
    "route_reason",
    "route_features",
    ("is_escalated", "draft_flaws", "final_flaws"),
    "reused_from_id",
)
TOKENS = ("input_tokens", "cached_input_tokens", "output_tokens", "is_usage_estimated")
COST = ("reserved_usd", "cost_usd", "cost_if_full_usd", "cost_if_mini_usd", "cache_saved_usd")
COURSE = (
    ("created_at", "finished_at", "first_token_ms", "latency_ms"),
    ("finish_reason", "error_code", "frame_count"),
    ("producer", "expires_at", "kept_content_id"),
)


@admin.register(Generation)
class GenerationAdmin(ExportAdmin[Generation]):
    """The ledger."""

    list_display = (
        "created_at",
        "user",
        "kind",
        "status",
        "tier",
        "model",
        "cost_usd",
        "output_tokens",
        "latency_ms",
        "error_code",
    )
    list_filter = (
        "status",
        "kind",
        "tier",
        Provider,
        Model,
        "type",
        ErrorCode,
        "is_escalated",
        Reused,
        "is_usage_estimated",
        "created_at",
    )
    list_select_related = ("user",)
    search_fields = ("=id", "user__email")
    search_help_text = _("An id, or a part of an email address.")
    date_hierarchy = "created_at"
    inlines = (CallInline, FeedbackInline)
    export_columns = (
        "id",
        "created_at",
        "finished_at",
        "user_id",
        "user__email",
        "kind",
        "status",
        *ASKED,
        "provider",
        "model",
        "tier",
        "is_escalated",
        "reused_from_id",
        *TOKENS,
        *COST,
        "is_counted",
        "finish_reason",
        "error_code",
        "first_token_ms",
        "latency_ms",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Generation]:
        """Without the words, which a list does not show."""
        return super().get_queryset(request).defer(*WORDS)

    def get_fieldsets(self, request: HttpRequest, obj: Generation | None = None) -> Any:
        """A chat is between a creator and the model: its words are not shown."""
        is_chat = obj is None or obj.kind == Generation.Kind.CHAT
        asked = ("language",) if is_chat else (ASKED[:3], ASKED[3:], *WORDS)
        state = (
            ("id", "person"),
            ("kind", "status", "period"),
            ("is_counted", "calls_made"),
        )
        return (
            (None, {"fields": state}),
            (_("What was asked"), {"fields": asked}),
            (_("The way it took"), {"fields": ROUTE}),
            (_("Tokens and cost"), {"fields": (TOKENS, COST)}),
            (_("Course"), {"fields": COURSE}),
        )

    @admin.display(description=_("person"))
    def person(self, row: Generation) -> SafeString | str:
        """With a way to their account."""
        address = reverse("admin:accounts_user_change", args=[row.user_id])
        return format_html('<a href="{}">{}</a>', address, row.user)

    @admin.display(description=_("provider calls"))
    def calls_made(self, row: Generation) -> SafeString | str:
        """With a way to their list."""
        address = reverse("admin:ai_providercall_changelist")
        link = '<a href="{}?generation__id__exact={}">{}</a>'
        return format_html(link, address, row.pk, row.calls.count())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is not a column, too."""
        return ("person", "calls_made")
