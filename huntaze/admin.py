"""The admin site: staff only, signed in as everybody is."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, reverse
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

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """With the page that is no list of rows."""
        # Imported late: the site is made before there are models.
        from ai.admin.costs import costs_page

        page = path("ai/costs/", self.admin_view(costs_page), name="ai_costs")
        return [page, *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Our apps before those of packages; what the models cost among the lists of its app."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "ai" and request.user.has_perm("ai.view_generation"):
                app["models"].insert(0, _costs())
        rank = {label: position for position, label in enumerate(FIRST)}
        return sorted(apps, key=lambda app: rank.get(app["app_label"], len(FIRST)))


def _costs() -> dict[str, Any]:
    """An entry like that of a model."""
    return {
        "name": _("Costs"),
        "object_name": "Costs",
        "admin_url": reverse("admin:ai_costs"),
        "add_url": None,
        "view_only": True,
        "perms": {"view": True},
    }
