"""What Stripe's versions before 2025-03-31 say otherwise.

Stored objects are in the current shape; an old version's answers and events are made from it.
The ids of an invoice and of its payment share their ending, so each leads to the other.
Source: https://docs.stripe.com/changelog/basil (current_period_*, invoice.parent).
"""

import copy
from collections.abc import Callable
from typing import Any

from tests.fakes.stripe.templates import OLD_VERSION, Json, new

CHANGED_AT = "2025-03-31"
A_QUARTER_SECONDS = 90 * 86_400
NEW_ON_SUBSCRIPTIONS = ("billing_mode", "billing_cycle_anchor_config", "discounts")
NEW_ON_INVOICES = (
    "amount_overpaid",
    "confirmation_secret",
    "customer_account",
    "parent",
    "payments",
    "total_pretax_credit_amounts",
    "total_taxes",
)
NEW_ON_LINES = ("invoice", "parent", "pretax_credit_amounts", "pricing", "subtotal", "taxes")


def is_old(version: str) -> bool:
    """Versions are dates, with a name since 2024: they sort as text."""
    return version[:10] < CHANGED_AT


def in_era(value: Any, version: str) -> Any:
    """A copy in the shape of that version, with everything inside it."""
    return _old(copy.deepcopy(value)) if is_old(version) else copy.deepcopy(value)


def in_old_version(event: Json, version: str = OLD_VERSION) -> Json:
    """The event as an endpoint pinned to that version is sent it."""
    old = {**event, "api_version": version, "data": in_era(event["data"], version)}
    if version < "2017-05-25":
        old["request"] = event["request"]["id"]
    return old


def payment_of(invoice: Json, prefix: str) -> str | None:
    """The id of the payment intent or charge of an invoice; nothing was paid for a free one."""
    has_none = not invoice["total"] or invoice["status"] == "draft"
    if has_none or (prefix == "ch" and invoice["status"] != "paid"):
        return None
    return str(invoice["id"]).replace("in_", f"{prefix}_", 1)


def _old(value: Any) -> Any:
    if isinstance(value, list):
        return [_old(child) for child in value]
    if not isinstance(value, dict):
        return value
    if value.get("object") == "event":
        return value
    inner = {key: _old(child) for key, child in value.items()}
    # In an event's data "object" is the whole object.
    convert = CONVERTERS.get(str(inner.get("object")))
    return convert(inner) if convert else inner


def _without(obj: Json, names: tuple[str, ...]) -> Json:
    return {key: value for key, value in obj.items() if key not in names}


def _old_item(item: Json) -> Json:
    # They are taken off by the subscription, which needs them on top.
    return _without(item, ("discounts",))


def _old_subscription(subscription: Json) -> Json:
    items = subscription["items"]["data"]
    first = items[0]
    old = _without(subscription, NEW_ON_SUBSCRIPTIONS)
    old.update(
        current_period_start=first["current_period_start"],
        current_period_end=first["current_period_end"],
        discount=None,
        plan=first["plan"],
        quantity=first["quantity"],
    )
    gone = ("current_period_start", "current_period_end")
    old["items"] = {**old["items"], "data": [_without(item, gone) for item in items]}
    return old


def plan_of(price: Json) -> Json:
    """The same thing, as it was called before there were prices."""
    shared = ("id", "active", "created", "currency", "metadata", "nickname", "product")
    recurring = ("interval", "interval_count")
    values = {name: price[name] for name in shared}
    values |= {name: price["recurring"][name] for name in recurring}
    amount = price["unit_amount"]
    return new("plan", {**values, "amount": amount, "amount_decimal": str(amount)})


def _old_price(line: Json) -> Json:
    """An old line holds its whole price; what a new one says of it is enough to make it."""
    pricing, period = line["pricing"], line["period"]
    is_yearly = period["end"] - period["start"] > A_QUARTER_SECONDS
    amount = pricing["unit_amount_decimal"]
    named = {
        "id": pricing["price_details"]["price"],
        "product": pricing["price_details"]["product"],
    }
    price = new("price", {**named, "unit_amount": int(amount), "unit_amount_decimal": amount})
    price["recurring"]["interval"] = "year" if is_yearly else "month"
    return price


def _old_line(line: Json) -> Json:
    details = line["parent"]["subscription_item_details"]
    old = _without(line, NEW_ON_LINES)
    price = _old_price(line)
    old.update(
        plan=plan_of(price),
        price=price,
        proration=details["proration"],
        subscription=details["subscription"],
        subscription_item=details["subscription_item"],
        tax_amounts=[],
        tax_rates=[],
        type="subscription",
    )
    return old


def _old_invoice(invoice: Json) -> Json:
    parent = invoice["parent"] or {"subscription_details": {"subscription": None}}
    old = _without(invoice, NEW_ON_INVOICES)
    old.update(
        application_fee_amount=None,
        charge=payment_of(invoice, "ch"),
        discount=None,
        paid=invoice["status"] == "paid",
        payment_intent=payment_of(invoice, "pi"),
        subscription=parent["subscription_details"]["subscription"],
        tax=None,
        total_tax_amounts=[],
        transfer_data=None,
    )
    return old


def _invoice_of(payment_intent: Any) -> str | None:
    id_ = str(payment_intent or "")
    return id_.replace("pi_", "in_", 1) if id_.startswith("pi_1") else None


def _old_payment_intent(intent: Json) -> Json:
    old = _without(intent, ("customer_account", "payment_details", "excluded_payment_method_types"))
    return {**old, "invoice": _invoice_of(intent["id"])}


def _old_charge(charge: Json) -> Json:
    return {**charge, "invoice": _invoice_of(charge["payment_intent"])}


CONVERTERS: dict[str, Callable[[Json], Json]] = {
    "charge": _old_charge,
    "invoice": _old_invoice,
    "line_item": _old_line,
    "payment_intent": _old_payment_intent,
    "subscription": _old_subscription,
    "subscription_item": _old_item,
}
