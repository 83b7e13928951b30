"""Who pays for what; somebody's page is their whole story."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.admin.buttons import ButtonAdmin
from billing.admin.filters import Grace
from billing.admin.links import link, list_url, row_url
from billing.admin.reconciliations import NAMES
from billing.admin.story import story_of
from billing.models import BillingAccount
from billing.places import a_place
from billing.stripe_api import NotConfigured, StripeAway
from billing.sync import Synced, sync_account

SUBSCRIPTION = (
    ("status", "plan", "interval"),
    ("period_start", "period_end", "anchor_day"),
    ("is_ending", "grace_ends_at"),
    ("trial_ends_at", "has_had_trial"),
    "subscription",
)


@admin.register(BillingAccount)
class BillingAccountAdmin(ButtonAdmin[BillingAccount]):
    """Read-only: rows say what Stripe says. The button reads it there."""

    button = "read"
    button_label = gettext_lazy("Read it from Stripe again")
    change_form_template = "admin/billing/account.html"
    list_display = (
        "user",
        "told_plan",
        "status",
        "interval",
        "period_end",
        "grace_ends_at",
        "is_ending",
        "stripe_customer_id",
    )
    list_filter = ("told_plan", "status", "interval", "is_ending", Grace, "period_end")
    list_select_related = ("user",)
    search_fields = (
        "user__email",
        "user__name",
        "stripe_customer_id__exact",
        "subscription_id__exact",
    )
    search_help_text = gettext_lazy("A part of a name or an email address, or an id of Stripe's.")
    readonly_fields = ("person", "customer", "subscription")
    fieldsets = (
        (None, {"fields": (("person", "told_plan", "customer"),)}),
        (gettext_lazy("Subscription"), {"fields": SUBSCRIPTION}),
        (
            gettext_lazy("Read from Stripe"),
            {"fields": (("read_at", "read_count", "applied_read"), ("created_at", "updated_at"))},
        ),
    )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With everything else that is known."""
        if (account := kwargs.get("obj")) is not None:
            context["story"] = story_of(account, request)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("person"))
    def person(self, row: BillingAccount) -> SafeString:
        """With a way to their account."""
        return link(row_url(row.user), row.user)

    @admin.display(description=gettext_lazy("customer at Stripe"))
    def customer(self, row: BillingAccount) -> SafeString | str:
        """With a way to the mirror."""
        return _mirrored("customer", row.stripe_customer_id)

    @admin.display(description=gettext_lazy("subscription at Stripe"))
    def subscription(self, row: BillingAccount) -> SafeString | str:
        """With a way to the mirror."""
        return _mirrored("subscription", row.subscription_id)

    def is_pressable(self, row: BillingAccount) -> bool:
        """Who never bought anything is nobody at Stripe."""
        return bool(row.stripe_customer_id)

    def press(self, request: HttpRequest, row: BillingAccount) -> None:
        """Outside of any transaction: Stripe takes its time."""
        customer_id = row.stripe_customer_id
        if not customer_id:
            self.message_user(request, _("They have no customer at Stripe."), messages.WARNING)
            return
        try:
            with a_place():
                synced = sync_account(row, customer_id)
        except NotConfigured:
            told = _("Payments are not configured on this server: nothing was read.")
            self.message_user(request, told, messages.ERROR)
        except StripeAway:
            told = _("Stripe does not answer just now. Nothing was changed; try again in a minute.")
            self.message_user(request, told, messages.ERROR)
        else:
            told = _came_of(synced)
            self.log_change(request, row, told)
            self.message_user(request, told)


def _came_of(synced: Synced) -> str:
    if not synced.differences:
        return _("Read from Stripe: nothing differed.")
    names = ", ".join(str(NAMES.get(name, name)) for name in synced.differences)
    return _("Read from Stripe, and changed: %(names)s.") % {"names": capfirst(names)}


def _mirrored(name: str, stripe_id: str | None) -> SafeString | str:
    return link(list_url(f"djstripe_{name}", q=stripe_id), stripe_id) if stripe_id else "-"
