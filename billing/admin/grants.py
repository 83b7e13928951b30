"""Grants in the admin: given and ended, never rewritten."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.caller import caller_of
from billing.models import PlanGrant
from billing.services import grant_plan, revoke_grant


class PlanGrantForm(forms.ModelForm[PlanGrant]):
    """A grant with a reason; an end in the future."""

    class Meta:
        model = PlanGrant
        fields = ("user", "plan", "reason", "ends_at")

    def clean_ends_at(self) -> Any:
        """Refuse an end that is past."""
        ends_at = self.cleaned_data["ends_at"]
        if ends_at is not None and ends_at <= timezone.now():
            raise forms.ValidationError(_("The end of a grant lies in the future."))
        return ends_at


@admin.register(PlanGrant)
class PlanGrantAdmin(admin.ModelAdmin[PlanGrant]):
    """Who has a plan by hand, why, until when."""

    form = PlanGrantForm
    list_display = ("user", "plan", "reason", "starts_at", "ends_at", "granted_by")
    list_filter = ("plan", ("ends_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("user", "granted_by")
    search_fields = ("user__email", "user__name", "reason")
    autocomplete_fields = ("user",)
    date_hierarchy = "created_at"
    actions = ("end_now",)

    def save_model(self, request: HttpRequest, obj: PlanGrant, form: Any, change: bool) -> None:
        """Through the service, which ends the grant before."""
        made = grant_plan(
            by=caller_of(request),
            user=obj.user,
            plan=obj.plan,  # type: ignore[arg-type]
            reason=obj.reason,
            ends_at=obj.ends_at,
        )
        obj.pk = made.pk

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A grant is history: end it and give another."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History stays."""
        return False

    @admin.action(description=_("End the chosen grants now"), permissions=["add"])
    def end_now(self, request: HttpRequest, grants: QuerySet[PlanGrant]) -> None:
        """End each."""
        for grant in grants:
            revoke_grant(by=caller_of(request), grant=grant)
        self.message_user(request, _("The grants have ended."))
