"""Comparisons with Stripe, and what they repaired."""

import time
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from procrastinate.exceptions import AlreadyEnqueued

from api.admin import HistoryAdmin
from billing.models import BillingAccount, Drift, Reconciliation
from billing.stripe_api import is_configured
from billing.tasks import reconcile_all

NAMES = {field.name: field.verbose_name for field in BillingAccount._meta.fields}  # noqa: SLF001


def in_words(drift: Drift) -> SafeString:
    """A line for each difference: what we had, what Stripe said."""
    lines = (
        (NAMES.get(name, name), _value(had), _value(said))
        for name, (had, said) in drift.differences.items()
    )
    return format_html_join("", '<div class="difference">{}: {} → {}</div>', lines)


def _value(value: Any) -> Any:
    return "-" if value in (None, "") else value


class DriftInline(admin.TabularInline[Drift, Reconciliation]):
    """Whom it found to differ."""

    model = Drift
    extra = 0
    can_delete = False
    show_change_link = True
    fields = ("account", "words", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Drift]:
        """With whose they are."""
        return super().get_queryset(request).select_related("account__user")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They come from the comparison."""
        return False

    @admin.display(description=gettext_lazy("what differed"))
    def words(self, row: Drift) -> SafeString:
        """In words."""
        return in_words(row)


@admin.register(Reconciliation)
class ReconciliationAdmin(HistoryAdmin[Reconciliation]):
    """One row a run; another one begins at the press of a button."""

    list_display = ("started_at", "ended_at", "checked", "drifted", "failure")
    list_filter = ("started_at", ("failure", admin.EmptyFieldListFilter))
    search_fields = ("failure",)
    date_hierarchy = "started_at"
    change_list_template = "admin/billing/reconciliations.html"
    inlines = (DriftInline,)

    def has_compare_permission(self, request: HttpRequest) -> bool:
        """The right to change a run."""
        return request.user.has_perm("billing.change_reconciliation")

    def get_urls(self) -> list[URLPattern]:
        """With where the button leads."""
        view = self.admin_site.admin_view(require_POST(self.compare))
        return [path("compare/", view, name="billing_reconciliation_compare"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the button, for who may press it."""
        more = {"may_compare": self.has_compare_permission(request)}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def compare(self, request: HttpRequest) -> HttpResponse:
        """Have a worker compare, and go back to the list."""
        if not self.has_compare_permission(request):
            raise PermissionDenied
        if not is_configured():
            told, level = _("Payments are not configured on this server."), messages.ERROR
        elif _defer():
            told, level = _("The comparison begins; look again in a minute."), messages.SUCCESS
        else:
            told, level = _("A comparison waits for its turn already."), messages.WARNING
        self.message_user(request, told, level)
        return HttpResponseRedirect(reverse("admin:billing_reconciliation_changelist"))


def _defer() -> bool:
    try:
        with transaction.atomic():
            # Its types say that a periodic job takes no arguments from anybody else.
            reconcile_all.defer(timestamp=int(time.time()))  # type: ignore[call-arg]
    except AlreadyEnqueued:
        return False
    return True


@admin.register(Drift)
class DriftAdmin(HistoryAdmin[Drift]):
    """Everything that differed, of whomever."""

    list_display = ("created_at", "account", "words")
    list_filter = ("created_at",)
    list_select_related = ("account__user",)
    search_fields = ("account__user__email", "account__user__name")
    date_hierarchy = "created_at"
    fields = ("run", "account", "words", "created_at")
    readonly_fields = ("words",)

    @admin.display(description=gettext_lazy("what differed"))
    def words(self, row: Drift) -> SafeString:
        """In words."""
        return in_words(row)
