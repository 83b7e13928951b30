"""What wants a decision of staff."""

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.caller import caller_of
from billing.admin.buttons import ButtonAdmin
from billing.admin.filters import Resolved
from billing.admin.links import link, list_url, row_url
from billing.alerts import resolve_alert
from billing.models import BillingAlert


@admin.register(BillingAlert)
class BillingAlertAdmin(ButtonAdmin[BillingAlert]):
    """Open ones first."""

    button = "resolve"
    button_label = gettext_lazy("It is seen to")
    list_display = (
        "kind",
        "account",
        "detail",
        "about",
        "is_open",
        "created_at",
        "seen_at",
        "resolved_by",
    )
    list_filter = (Resolved, "kind", "created_at")
    list_select_related = ("account__user", "resolved_by")
    search_fields = ("about", "detail", "account__user__email", "account__user__name")
    ordering = (F("resolved_at").desc(nulls_first=True), "-created_at", "id")
    actions = ("resolve",)
    readonly_fields = ("person", "where")
    fields = (
        ("kind", "person"),
        ("about", "where"),
        "detail",
        ("created_at", "seen_at"),
        ("resolved_at", "resolved_by"),
    )

    @admin.display(description=gettext_lazy("open"), boolean=True, ordering="resolved_at")
    def is_open(self, row: BillingAlert) -> bool:
        """Whether nobody has seen to it."""
        return row.resolved_at is None

    @admin.display(description=gettext_lazy("person"))
    def person(self, row: BillingAlert) -> SafeString | str:
        """With a way to their story."""
        return link(row_url(row.account), row.account) if row.account else "-"

    @admin.display(description=gettext_lazy("what to look at"))
    def where(self, row: BillingAlert) -> SafeString | str:
        """The event that was given up; a person's story has the rest."""
        if row.kind != BillingAlert.Kind.DEAD_EVENT:
            return "-"
        return link(list_url("billing_inboxevent", id__exact=row.about), _("The event"))

    def is_pressable(self, row: BillingAlert) -> bool:
        """Once is enough."""
        return row.resolved_at is None

    def press(self, request: HttpRequest, row: BillingAlert) -> None:
        """Note who has seen to it."""
        if not self.is_pressable(row):
            self.message_user(request, _("It was seen to already."), messages.WARNING)
            return
        self._resolve(request, row)
        self.message_user(request, _("It is noted as seen to."))

    @admin.action(description=gettext_lazy("They are seen to"), permissions=["button"])
    def resolve(self, request: HttpRequest, alerts: QuerySet[BillingAlert]) -> None:
        """Those that are open."""
        still_open = list(alerts.filter(resolved_at=None))
        for row in still_open:
            self._resolve(request, row)
        count = len(still_open)
        told = ngettext(
            "%(count)d alert is noted as seen to.", "%(count)d alerts are noted as seen to.", count
        )
        self.message_user(request, told % {"count": count})

    def _resolve(self, request: HttpRequest, row: BillingAlert) -> None:
        resolve_alert(by=caller_of(request), row=row)
        self.log_change(request, row, _("Seen to."))
