"""API tokens in the admin, and the manner of rows that are history."""

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from api.models import ApiToken

Row = TypeVar("Row", bound=Model)


class HistoryAdmin(admin.ModelAdmin[Row]):
    """Read-only: rows that record what happened are looked at, not rewritten."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come from the product."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They stay as they were."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They stay."""
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(HistoryAdmin[ApiToken]):
    """Who has keys, when they were last used; revoked here."""

    list_display = ("name", "user", "scope", "created", "expiry", "last_used_at", "is_unlimited")
    list_filter = ("scope", "is_unthrottled", "is_unlimited", "created")
    list_select_related = ("user",)
    search_fields = ("name", "user__email")
    exclude = ("digest", "token_key")
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who may delete tokens may revoke them."""
        return request.user.has_perm("api.delete_apitoken")

    @admin.action(description=_("Revoke the chosen tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        """End each at once."""
        tokens.delete()
        self.message_user(request, _("The tokens are revoked."))
