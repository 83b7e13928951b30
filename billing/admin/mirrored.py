"""dj-stripe's tables in the admin: the mirror is looked at, and nothing else.

The admin that dj-stripe brings is replaced. It prints the secret key on the page of each object
(`default_api_key` is one of the properties that it lists), asks for keys and stores them in clear,
lets anybody on the staff cancel subscriptions at Stripe, whatever their rights, calls Stripe inside
transactions, offers rows for editing that say what Stripe says, and breaks over objects of new API
versions (an invoice without `paid`, a customer with two subscriptions).
"""

import json
from typing import Any

# First, whatever the order of the apps: what it registers is replaced below, and once.
import djstripe.admin  # noqa: F401
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from djstripe import models as mirrored

from api.admin import HistoryAdmin
from billing.admin.payloads import printed

# The first two hold keys, and their forms take some; ours stand in the environment alone. The
# others are of dj-stripe's own receiver and of its own calls, which we do not use.
LEFT_OUT = (
    mirrored.APIKey,
    mirrored.WebhookEndpoint,
    mirrored.WebhookEventTrigger,
    mirrored.IdempotencyKey,
)
# What says most of an object, of whatever kind it is.
TELLING = ("number", "name", "email", "nickname", "code", "reason", "status")
# By Stripe's ids; whose an object is costs no query so.
RELATED = ("customer", "subscription", "product")


class MirroredAdmin(HistoryAdmin[Any]):
    """Any object of Stripe's: its columns, and all that was told."""

    list_filter = ("created", "livemode")
    search_help_text = gettext_lazy("An id of Stripe's: of the object, or of its customer.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The newest first."""
        return super().get_queryset(request).order_by("-created", "id")

    def get_list_display(self, request: HttpRequest) -> Any:
        """The same for each kind."""
        related = [f"{name}_id" for name in RELATED if name in self._columns()]
        return ("id", "in_short", *related, "created", "livemode")

    def get_search_fields(self, request: HttpRequest) -> Any:
        """Exact, since these have an index."""
        theirs = ("customer__id__exact",) if "customer" in self._columns() else ()
        return ("id__exact", *theirs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """No properties, of which one is the secret key."""
        return [name for name in self.get_readonly_fields(request) if name != "stripe_data"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything."""
        return (*self._columns(), "at_stripe", "told")

    @admin.display(description=gettext_lazy("in short"))
    def in_short(self, row: Any) -> str:
        """What says most of it."""
        told = row.stripe_data
        return ", ".join(str(told[name]) for name in TELLING if told.get(name)) or "-"

    @admin.display(description=gettext_lazy("at Stripe"))
    def at_stripe(self, row: Any) -> SafeString | str:
        """A way to Stripe's own page of it."""
        url = row.get_stripe_dashboard_url()
        said = _("Open Stripe's dashboard")
        return format_html('<a href="{}" rel="noreferrer">{}</a>', url, said) if url else "-"

    @admin.display(description=gettext_lazy("what Stripe told"))
    def told(self, row: Any) -> SafeString:
        """The object as it was read last."""
        return printed(json.dumps(row.stripe_data))

    def _columns(self) -> list[str]:
        return [column.name for column in self.opts.fields]


def show_the_mirror() -> None:
    """Replace what dj-stripe has registered."""
    theirs = [model for model in admin.site._registry if model._meta.app_label == "djstripe"]  # noqa: SLF001
    for model in theirs:
        admin.site.unregister(model)
        if model not in LEFT_OUT:
            admin.site.register(model, MirroredAdmin)
