"""The models, how each is doing, and the switches of staff."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.caller import caller_of
from ai.models import ModelSwitch
from ai.switchboard import switchboard
from ai.switches import SwitchRefused, switch_model
from api.admin import HistoryAdmin

LATELY = 10


class SwitchForm(forms.Form):
    """What a button of the page says."""

    provider = forms.CharField(max_length=20)
    model = forms.CharField(max_length=120, required=False)
    # Not a check box: a form without it must not switch anything on.
    turn = forms.ChoiceField(choices=[("off", "off"), ("on", "on")])
    reason = forms.CharField(max_length=300, error_messages={"required": ""})


@admin.register(ModelSwitch)
class ModelSwitchAdmin(HistoryAdmin[ModelSwitch]):
    """One page instead of a list: a row alone says little. Rows change through the service."""

    list_display = ("__str__", "is_off", "reason", "changed_by", "changed_at")

    def get_urls(self) -> list[URLPattern]:
        """With where the buttons lead."""
        view = self.admin_site.admin_view(require_POST(self.switch))
        return [path("switch/", view, name="ai_modelswitch_switch"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Every model."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            "title": _("Models"),
            "opts": self.opts,
            "providers": switchboard(),
            "may_switch": may_switch(request),
            "lately": _lately(),
        }
        return render(request, "admin/ai/models.html", context)

    def switch(self, request: HttpRequest) -> HttpResponse:
        """Switch one, and go back to the page, which says what came of it."""
        if not may_switch(request):
            raise PermissionDenied
        form = SwitchForm(request.POST)
        if not form.is_valid():
            self.message_user(request, _("Say why: others will want to know."), messages.ERROR)
            return _back()
        said = form.cleaned_data
        try:
            row = switch_model(
                by=caller_of(request),
                provider=said["provider"],
                model=said["model"],
                is_off=said["turn"] == "off",
                reason=said["reason"],
            )
        except SwitchRefused as refused:
            self.message_user(request, str(refused), messages.ERROR)
        else:
            told = _("Switched off: %s.") if row.is_off else _("Switched on: %s.")
            self.message_user(request, told % (row.model or row.provider))
        return _back()


def may_switch(request: HttpRequest) -> bool:
    """The right to change a switch; rows are read-only everywhere else."""
    return caller_of(request).has_perm("ai.change_modelswitch")


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:ai_modelswitch_changelist"))


def _lately() -> QuerySet[LogEntry]:
    """Who switched what last, and why."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(ModelSwitch)
    ).select_related("user")
    return entries.order_by("-action_time")[:LATELY]
