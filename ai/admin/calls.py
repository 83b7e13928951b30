"""Every call of a provider: what was reserved for it, and what it took."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ai.admin.export import ExportAdmin
from ai.admin.filters import ErrorKind, Model, Provider
from ai.models import ProviderCall

BUCKETS = (
    "sent_tokens",
    "fresh_input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "is_estimated",
)
PRICES = (
    "price_input_usd",
    "price_cache_read_usd",
    "price_cache_write_usd",
    "price_output_usd",
    "price_source",
)
COURSE = (
    "finish_reason",
    "error_kind",
    "first_token_ms",
    "latency_ms",
    "created_at",
    "finished_at",
)


@admin.register(ProviderCall)
class ProviderCallAdmin(ExportAdmin[ProviderCall]):
    """A row an attempt."""

    list_display = (
        "created_at",
        "person",
        "provider",
        "model",
        "purpose",
        "attempt",
        "status",
        "cost_usd",
        "fresh_input_tokens",
        "cache_read_tokens",
        "output_tokens",
        "latency_ms",
        "error_kind",
    )
    list_filter = (
        "status",
        "purpose",
        ("generation__kind", admin.ChoicesFieldListFilter),
        "tier",
        Provider,
        Model,
        ErrorKind,
        "is_estimated",
        "created_at",
    )
    list_select_related = ("generation__user",)
    search_fields = ("=id", "=generation__id", "generation__user__email")
    search_help_text = _("An id of a call or a generation, or a part of an email address.")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": (("id", "of", "person"), ("attempt", "purpose", "status"))}),
        (_("Whom it asked"), {"fields": (("provider", "model", "tier"),)}),
        (_("Tokens"), {"fields": (BUCKETS[:3], BUCKETS[3:])}),
        (_("Prices, US dollars per million tokens"), {"fields": (PRICES,)}),
        (_("Cost"), {"fields": (("reserved_usd", "cost_usd", "cost_if_full_usd"),)}),
        (_("Course"), {"fields": (COURSE[:4], COURSE[4:])}),
    )
    readonly_fields = ("of", "person")
    export_columns = (
        "id",
        "created_at",
        "finished_at",
        "generation_id",
        "generation__user_id",
        "generation__user__email",
        "generation__kind",
        "attempt",
        "purpose",
        "status",
        "provider",
        "model",
        "tier",
        *BUCKETS,
        *PRICES,
        "reserved_usd",
        "cost_usd",
        "cost_if_full_usd",
        "finish_reason",
        "error_kind",
        "first_token_ms",
        "latency_ms",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without the words of the generations."""
        return super().get_queryset(request).defer("generation__prompt", "generation__text")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The calls of one generation are a list of their own."""
        return lookup == "generation__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("generation"))
    def of(self, row: ProviderCall) -> SafeString | str:
        """With a way to it."""
        address = reverse("admin:ai_generation_change", args=[row.generation_id])
        return format_html('<a href="{}">{}</a>', address, row.generation_id)

    @admin.display(description=_("person"), ordering="generation__user__email")
    def person(self, row: ProviderCall) -> str:
        """For whom it was made."""
        return str(row.generation.user)
