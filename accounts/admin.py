"""People in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.caller import caller_of
from accounts.models import User
from accounts.services import ClosingRefused, close_account, vouch_for_email

# What makes somebody more than a creator.
RANK = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    """Everybody, closed accounts too; closing goes through the service."""

    list_display = ("email", "name", "handle", "is_active", "is_staff", "created_at", "deleted_at")
    list_filter = ("is_active", "is_staff", "language", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("email", "name", "handle", "id")
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    readonly_fields = ("id", "created_at", "updated_at", "deleted_at", "last_login")
    actions = ("close_accounts",)
    fieldsets = (
        (None, {"fields": ("id", "email", "password")}),
        (_("Profile"), {"fields": ("name", "handle", "avatar", "language", "time_zone")}),
        (_("Access"), {"fields": ("is_active", *RANK)}),
        (_("Dates"), {"fields": ("last_login", "created_at", "updated_at", "deleted_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Closed accounts too."""
        return User.everyone.order_by("-created_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody is erased by hand; accounts are closed."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Who runs everything is changed, and given a password, by their like alone."""
        if obj is not None and obj.is_superuser and not caller_of(request).is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The email is the person's own to change; rank is given by who has the highest."""
        fields = [*super().get_readonly_fields(request, obj)]
        if obj is not None:
            fields.append("email")
        return fields if caller_of(request).is_superuser else [*fields, *RANK]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Somebody whom staff add is known by their email, as through the API."""
        super().save_model(request, obj, form, change)
        if not change:
            vouch_for_email(user=obj)

    @admin.action(description=_("Close the chosen accounts"), permissions=["change"])
    def close_accounts(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Close each as its owner would."""
        by = caller_of(request)
        if not by.is_superuser and people.filter(is_superuser=True).exists():
            message = _("Only who runs everything may close such an account. None was closed.")
            self.message_user(request, message, messages.ERROR)
            return
        for user in people:
            try:
                close_account(by=by, user=user)
            except ClosingRefused as refused:
                self.message_user(request, f"{user}: {refused}", messages.ERROR)
                return
        self.message_user(request, _("The accounts are closed."))
