"""History with one thing that staff may do about a row: a button on its page."""

from typing import Any, TypeVar

from django.contrib.admin.utils import quote, unquote
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from api.admin import HistoryAdmin

Row = TypeVar("Row", bound=Model)


class ButtonAdmin(HistoryAdmin[Row]):
    """Rows stay read-only; who has the right to change them may press the button.

    It has an address of its own: Django's page of a row is one transaction, and what a button does
    may ask Stripe.
    """

    # The last part of the button's address, and what it says.
    button: str
    button_label: Any
    change_form_template = "admin/billing/row.html"

    def has_button_permission(self, request: HttpRequest) -> bool:
        """The right to change the model; also that of an action with `permissions=["button"]`."""
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def is_pressable(self, row: Row) -> bool:
        """Whether there is anything to do about it."""
        return True

    def press(self, request: HttpRequest, row: Row) -> None:
        """Do it, and say what came of it."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        """The button's address before Django's, whose last one takes any path for an id."""
        view = self.admin_site.admin_view(require_POST(self.pressed))
        address = path(f"<path:object_id>/{self.button}/", view, name=self._name(self.button))
        return [address, *super().get_urls()]

    def pressed(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Press it, and go back to the page, which says what came of it."""
        if not self.has_button_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        self.press(request, row)
        return HttpResponseRedirect(self._address("change", row))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the button, for whom it is there."""
        row = kwargs.get("obj")
        if row is not None and self.has_button_permission(request) and self.is_pressable(row):
            context["button_url"] = self._address(self.button, row)
            context["button_label"] = self.button_label
        return super().render_change_form(request, context, *args, **kwargs)

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _address(self, page: str, row: Row) -> str:
        return reverse(f"admin:{self._name(page)}", args=[quote(row.pk)])
