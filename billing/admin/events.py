"""The inbox: what Stripe sent, what became of it; what was given up is worked on again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.caller import caller_of
from billing.admin.buttons import ButtonAdmin
from billing.admin.filters import EventType
from billing.admin.links import link, row_url
from billing.admin.payloads import printed
from billing.inbox import retry
from billing.models import BillingAccount, InboxEvent


@admin.register(InboxEvent)
class InboxEventAdmin(ButtonAdmin[InboxEvent]):
    """Every event that passed the signature's check; those that were given up are a filter."""

    button = "again"
    button_label = gettext_lazy("Work on it again")
    list_display = (
        "received_at",
        "type",
        "status",
        "attempts",
        "outcome",
        "customer_id",
        "subject_id",
        "is_live",
    )
    list_filter = ("status", EventType, "is_live", "received_at")
    # Exact, since the inbox is long and these have an index.
    search_fields = ("id__exact", "subject_id__exact", "customer_id__exact")
    search_help_text = gettext_lazy("The id of an event, of what it is about, or of a customer.")
    date_hierarchy = "received_at"
    actions = ("work_again",)
    readonly_fields = ("person", "told")
    fieldsets = (
        (None, {"fields": (("id", "type"), ("person", "customer_id", "subject_id"))}),
        (
            gettext_lazy("What became of it"),
            {
                "fields": (
                    ("status", "outcome"),
                    ("attempts", "due_at", "claimed_until"),
                    ("occurred_at", "received_at", "ended_at"),
                )
            },
        ),
        (
            gettext_lazy("What Stripe sent"),
            {"fields": (("api_version", "is_live"), "told")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxEvent]:
        """Without the payloads, which a list does not show."""
        return super().get_queryset(request).defer("payload")

    def is_pressable(self, row: InboxEvent) -> bool:
        """One that waits is worked on anyway."""
        return row.status != InboxEvent.Status.RECEIVED

    def press(self, request: HttpRequest, row: InboxEvent) -> None:
        """From the first attempt on, as if it had just come."""
        if not self._retry(request, row):
            self.message_user(request, _("It waits to be worked on already."), messages.WARNING)
            return
        self.message_user(request, _("It is being worked on again."))

    @admin.action(description=gettext_lazy("Work on them again"), permissions=["button"])
    def work_again(self, request: HttpRequest, events: QuerySet[InboxEvent]) -> None:
        """Those that do not wait already."""
        count = sum(self._retry(request, event) for event in events)
        told = ngettext(
            "%(count)d event is being worked on again.",
            "%(count)d events are being worked on again.",
            count,
        )
        self.message_user(request, told % {"count": count})

    def _retry(self, request: HttpRequest, event: InboxEvent) -> bool:
        is_again = retry(by=caller_of(request), event=event)
        if is_again:
            self.log_change(request, event, _("Worked on again."))
        return is_again

    @admin.display(description=gettext_lazy("person"))
    def person(self, row: InboxEvent) -> SafeString | str:
        """Whose customer it is, with a way to their story."""
        found: Any = BillingAccount.objects.select_related("user").filter(
            stripe_customer_id=row.customer_id or None
        )
        account = found.first()
        return link(row_url(account), account) if account else "-"

    @admin.display(description=gettext_lazy("payload"))
    def told(self, row: InboxEvent) -> SafeString:
        """The event as it came."""
        return printed(row.payload)
