"""A customer's whole story on one page: the latest of everything, each with a way to its list."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.admin.links import link, list_url, moment, row_url
from billing.admin.reconciliations import in_words
from billing.models import BillingAccount, InboxEvent
from billing.receipts import Receipt, receipts_of

LATEST = 10
OPEN_FIRST = F("resolved_at").desc(nulls_first=True)

type Cells = Callable[[Any], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the story; the first cell of a row is the way to it."""

    name: str
    heading: str
    columns: Sequence[str]
    url: str
    rows: list[Sequence[Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Story:
    """What the page shows below the account's own facts."""

    invoices: list[Receipt]
    invoices_url: str
    sections: list[Section]


def story_of(account: BillingAccount, request: HttpRequest) -> Story:
    """Of each kind the latest, as far as the reader may see that kind."""
    customer_id = account.stripe_customer_id or ""
    return Story(
        invoices=receipts_of(customer_id)[:LATEST],
        invoices_url=list_url("djstripe_invoice", customer__id__exact=customer_id),
        sections=[
            section
            for section in (*_of_account(account), *_of_person(account), _events(customer_id))
            if request.user.has_perm(f"billing.view_{section.name}")
        ],
    )


def _section(
    name: str,
    heading: str,
    rows: Iterable[Model],
    columns: dict[str, Callable[[Any], Any]],
    **filters: Any,
) -> Section:
    """The first column's cells lead to their rows."""
    (_first, first), *others = columns.items()
    cells: list[Sequence[Any]] = [
        (link(row_url(row), first(row)), *(cell(row) for _name, cell in others)) for row in rows
    ]
    url = list_url(f"billing_{name}", **filters)
    return Section(name, heading, tuple(columns), url, cells)


def _of_account(account: BillingAccount) -> Iterable[Section]:
    alerts = account.alerts.order_by(OPEN_FIRST, "-created_at", "id")[:LATEST]
    yield _section(
        "billingalert",
        _("Alerts"),
        alerts,
        {
            _("What"): lambda row: row.get_kind_display(),
            _("Detail"): lambda row: row.detail,
            _("First seen"): lambda row: moment(row.created_at),
            _("Seen to"): lambda row: moment(row.resolved_at) or _("Open"),
        },
        account__exact=account.pk,
    )
    yield _section(
        "checkoutattempt",
        _("Checkouts"),
        account.checkouts.all()[:LATEST],
        {
            _("What"): str,
            _("Begun"): lambda row: moment(row.created_at),
            _("Expires"): lambda row: moment(row.expires_at),
            _("Closed"): lambda row: moment(row.closed_at) or _("Open"),
        },
        account__exact=account.pk,
    )
    yield _section(
        "drift",
        _("Differences from Stripe"),
        account.drifts.all()[:LATEST],
        {_("Found"): lambda row: moment(row.created_at), _("What differed"): in_words},
        account__exact=account.pk,
    )


def _of_person(account: BillingAccount) -> Iterable[Section]:
    user = account.user
    yield _section(
        "planchange",
        _("Changes of plan"),
        user.plan_changes.all()[:LATEST],
        {
            _("What"): str,
            _("Why"): lambda row: row.get_why_display(),
            _("Detail"): lambda row: row.detail,
            _("When"): lambda row: moment(row.happened_at),
        },
        user__id__exact=user.pk,
    )
    yield _section(
        "plangrant",
        _("Grants"),
        user.plan_grants.select_related("granted_by")[:LATEST],
        {
            _("Plan"): str,
            _("Reason"): lambda row: row.reason,
            _("By"): lambda row: row.granted_by or _("a command"),
            pgettext("a moment", "From"): lambda row: moment(row.starts_at),
            pgettext("a moment", "Until"): lambda row: moment(row.ends_at) or _("without an end"),
        },
        user__id__exact=user.pk,
    )
    yield _section(
        "billingnotice",
        _("Mails"),
        user.billing_notices.all()[:LATEST],
        {
            _("What"): str,
            _("About"): lambda row: row.about,
            _("Owed since"): lambda row: moment(row.created_at),
            _("Sent"): lambda row: moment(row.sent_at) or _("Not yet"),
        },
        user__id__exact=user.pk,
    )


def _events(customer_id: str) -> Section:
    rows = InboxEvent.objects.filter(customer_id=customer_id).defer("payload")
    return _section(
        "inboxevent",
        _("Events of Stripe"),
        rows[:LATEST] if customer_id else (),
        {
            _("Type"): str,
            _("Status"): lambda row: row.get_status_display(),
            _("Outcome"): lambda row: row.outcome,
            _("Received"): lambda row: moment(row.received_at),
        },
        customer_id__exact=customer_id,
    )
