"""The admin site: staff only, signed in as everybody is."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# What staff work in comes first, in this order; what packages bring along follows by name.
FIRST = ("accounts", "content", "ai", "billing", "analytics", "api")


class HuntazeAdminSite(AdminSite):
    """Django's admin under our name; its sign-in is the product's own, with all of its rules."""

    site_header = _("Huntaze staff")
    site_title = _("Huntaze staff")
    index_title = _("Everything at a glance")

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send people to the sign-in page; refuse who is signed in and not staff."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        target = request.GET.get("next") or reverse("admin:index")
        return redirect_to_login(target, reverse("account_login"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Our apps before those of packages."""
        apps = super().get_app_list(request, app_label)
        rank = {label: position for position, label in enumerate(FIRST)}
        return sorted(apps, key=lambda app: rank.get(app["app_label"], len(FIRST)))
