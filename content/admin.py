"""Content in the admin: to read and find, not to rewrite somebody's words."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin import HistoryAdmin
from content.models import Content, Revision


class RevisionInline(admin.TabularInline[Revision, Content]):
    """Its history."""

    model = Revision
    extra = 0
    can_delete = False
    fields = ("number", "source", "title", "provider", "model", "cost_usd", "author", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Revision]:
        """With its authors, in one query."""
        return super().get_queryset(request).select_related("author")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Revisions come from saving."""
        return False


@admin.register(Content)
class ContentAdmin(HistoryAdmin[Content]):
    """Everybody's content, deleted pieces too."""

    list_display = ("title", "user", "type", "status", "ai_generated", "created_at", "deleted_at")
    list_filter = (
        "type",
        "status",
        "ai_generated",
        ("deleted_at", admin.EmptyFieldListFilter),
        "created_at",
    )
    list_select_related = ("user",)
    search_fields = ("title", "body", "user__email", "id")
    date_hierarchy = "created_at"
    inlines = (RevisionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Content]:
        """Deleted ones too."""
        everything: QuerySet[Content] = Content.everything.order_by("-created_at", "id")
        return everything
