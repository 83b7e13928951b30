"""Invoices as a creator reads them: Stripe's JSON in, a line of the list out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.mirror import INVOICES, invoices_of

type Json = Mapping[str, Any]

# https://docs.stripe.com/currencies#zero-decimal and #three-decimal
WHOLE = {
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF",
}  # fmt: skip
THOUSANDTHS = {"BHD", "JOD", "KWD", "OMR", "TND"}
# Drafts, and what Stripe may think of one day, are nobody's business yet.
ISSUED = {"open", "paid", "void", "uncollectible"}


class State(models.TextChoices):
    """What has become of it."""

    PAID = "PAID", gettext_lazy("Paid")
    FAILED = "FAILED", gettext_lazy("Payment failed")
    OPEN = "OPEN", gettext_lazy("To be paid")
    VOID = "VOID", gettext_lazy("Cancelled")
    UNCOLLECTIBLE = "UNCOLLECTIBLE", gettext_lazy("Never paid")


@dataclass(frozen=True, slots=True)
class Receipt:
    """An invoice. `page` and `pdf` are Stripe's, over https; empty for none."""

    number: str
    issued_at: datetime
    amount: Decimal
    currency: str
    state: State
    page: str
    pdf: str

    @property
    def is_owed(self) -> bool:
        """Whether it waits for a payment."""
        return self.state in {State.OPEN, State.FAILED}

    @property
    def price(self) -> str:
        """The amount in the reader's notation."""
        figure = number_format(
            abs(self.amount), decimal_pos=places_of(self.currency), force_grouping=True
        )
        # Translators: an amount of US dollars.
        said = _("$%(figure)s") % {"figure": figure} if self.currency == "USD" else ""
        said = said or f"{figure}\N{NO-BREAK SPACE}{self.currency}"
        return f"\N{MINUS SIGN}{said}" if self.amount < 0 else said


def receipts_of(customer_id: str | None) -> list[Receipt]:
    """The newest invoices, the newest first."""
    found = invoices_of(customer_id, most=INVOICES) if customer_id else []
    return [receipt_of(each) for each in found if each.get("status") in ISSUED]


def receipt_of(invoice: Json) -> Receipt:
    """Of an invoice that was issued."""
    currency = str(invoice.get("currency") or "usd").upper()
    moments = invoice.get("status_transitions") or {}
    seconds = moments.get("finalized_at") or invoice.get("created") or 0
    return Receipt(
        number=str(invoice.get("number") or ""),
        issued_at=datetime.fromtimestamp(int(seconds), UTC),
        amount=Decimal(int(invoice.get("total") or 0)).scaleb(-places_of(currency)),
        currency=currency,
        state=_state_of(invoice),
        page=_safe(invoice.get("hosted_invoice_url")),
        pdf=_safe(invoice.get("invoice_pdf")),
    )


def places_of(currency: str) -> int:
    """How many digits stand behind the point of Stripe's smallest unit."""
    if currency in WHOLE:
        return 0
    return 3 if currency in THOUSANDTHS else 2


def _state_of(invoice: Json) -> State:
    if invoice.get("status") == "open":
        was_tried = invoice.get("attempted") or invoice.get("attempt_count")
        return State.FAILED if was_tried else State.OPEN
    return State(str(invoice["status"]).upper())


def _safe(url: Any) -> str:
    """A link that a page may show."""
    return url if isinstance(url, str) and url.startswith("https://") else ""
