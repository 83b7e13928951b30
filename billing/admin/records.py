"""What happened to plans: their changes, the mails about them, the purchases that were begun."""

import json

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from api.admin import HistoryAdmin
from billing.admin.filters import Closed, Sent
from billing.admin.payloads import printed
from billing.models import BillingNotice, CheckoutAttempt, PlanChange


@admin.register(PlanChange)
class PlanChangeAdmin(HistoryAdmin[PlanChange]):
    """From which plan to which, why, when."""

    list_display = ("happened_at", "user", "from_plan", "to_plan", "why", "detail")
    list_filter = ("why", "from_plan", "to_plan", "happened_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name", "detail")
    date_hierarchy = "happened_at"


@admin.register(BillingNotice)
class BillingNoticeAdmin(HistoryAdmin[BillingNotice]):
    """Which mail is owed to whom, and when it went out."""

    list_display = ("created_at", "user", "kind", "about", "sent_at")
    list_filter = (Sent, "kind", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name", "about")
    date_hierarchy = "created_at"
    exclude = ("facts",)
    readonly_fields = ("told",)

    @admin.display(description=_("facts"))
    def told(self, row: BillingNotice) -> SafeString:
        """What its words were made of."""
        return printed(json.dumps(row.facts))


@admin.register(CheckoutAttempt)
class CheckoutAttemptAdmin(HistoryAdmin[CheckoutAttempt]):
    """Who began to buy what. The page itself is left out: whoever has its address may pay there."""

    list_display = (
        "created_at",
        "account",
        "plan",
        "interval",
        "expires_at",
        "closed_at",
        "session_id",
    )
    list_filter = (Closed, "plan", "interval", "created_at")
    list_select_related = ("account__user",)
    search_fields = ("account__user__email", "account__user__name", "session_id")
    date_hierarchy = "created_at"
    exclude = ("url",)
