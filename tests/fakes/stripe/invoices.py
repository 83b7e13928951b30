"""Invoices: drafted, finalized, then paid, refused or voided, each step with its events."""

from dataclasses import dataclass

from tests.fakes.stripe import eras, payments
from tests.fakes.stripe.periods import DAY_SECONDS
from tests.fakes.stripe.templates import Json, new
from tests.fakes.stripe.world import World, ending

RETRY_DAYS = 3


@dataclass(frozen=True)
class Line:
    """What an invoice asks for."""

    amount: int
    description: str
    start: int
    end: int
    is_proration: bool = False


def draft(world: World, subscription: Json, lines: list[Line], reason: str) -> Json:
    """A new invoice of a subscription, which it becomes the latest of."""
    customer = world.get("customer", subscription["customer"])
    id_ = f"in_1{ending(23)}"
    total = max(0, sum(line.amount for line in lines))
    values = {
        **_amounts(total),
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "billing_reason": reason,
        "currency": subscription["currency"],
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "effective_at": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "number": None,
        "parent": _parent(subscription),
        "period_end": world.now,
        "period_start": world.now,
        "status": "draft",
        "status_transitions": dict.fromkeys(new("invoice", {})["status_transitions"]),
        "webhooks_delivered_at": None,
    }
    invoice = world.add("invoice", id_, values)
    made = [_line(invoice, subscription, line) for line in lines]
    url = f"/v1/invoices/{id_}/lines"
    invoice["lines"] = {**invoice["lines"], "data": made, "total_count": len(made), "url": url}
    subscription["latest_invoice"] = id_
    world.emit("invoice.created", invoice)
    return invoice


def _parent(subscription: Json) -> Json:
    details = {"metadata": subscription["metadata"], "subscription": subscription["id"]}
    shared = {"quote_details": None, "type": "subscription_details"}
    return {**shared, "subscription_details": details}


def _amounts(total: int) -> Json:
    both = dict.fromkeys(("amount_due", "amount_remaining", "subtotal", "total"), total)
    more = dict.fromkeys(("subtotal_excluding_tax", "total_excluding_tax"), total)
    return {**both, **more, "amount_paid": 0}


def _line(invoice: Json, subscription: Json, line: Line) -> Json:
    item = subscription["items"]["data"][0]
    price = item["price"]
    made = new(
        "line_item",
        {
            "id": f"il_1{ending(23)}",
            "amount": line.amount,
            "currency": invoice["currency"],
            "description": line.description,
            "discountable": not line.is_proration,
            "invoice": invoice["id"],
            "metadata": subscription["metadata"],
            "period": {"start": line.start, "end": line.end},
            "quantity": item["quantity"],
            "subtotal": line.amount,
        },
    )
    made["parent"]["subscription_item_details"].update(
        proration=line.is_proration,
        subscription=subscription["id"],
        subscription_item=item["id"],
    )
    made["pricing"].update(
        price_details={"price": price["id"], "product": price["product"]},
        unit_amount_decimal=price["unit_amount_decimal"],
    )
    return made


def finalize(world: World, invoice: Json) -> None:
    """It is given a number, its page and, where there is something to pay, an intent."""
    customer = world.get("customer", invoice["customer"])
    number = customer["next_invoice_sequence"]
    customer["next_invoice_sequence"] = number + 1
    page = f"{world.base_url}/invoice/{invoice['id']}"
    invoice.update(
        auto_advance=invoice["total"] > 0,
        effective_at=world.now,
        hosted_invoice_url=page,
        invoice_pdf=f"{page}/pdf",
        number=f"{customer['invoice_prefix']}-{number:04}",
        status="open",
    )
    invoice["status_transitions"]["finalized_at"] = world.now
    world.emit("invoice.finalized", invoice)
    if invoice["total"]:
        intent = payments.open_intent(world, invoice)
        _pay_with(world, invoice, intent)


def _pay_with(world: World, invoice: Json, intent: Json) -> None:
    values = {
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
    world.add("invoice_payment", invoice["id"].replace("in_", "inpay_", 1), values)


def intent_of(world: World, invoice: Json) -> Json | None:
    """Its payment intent; none while it is a draft, or when it is free."""
    return world.find(eras.payment_of(invoice, "pi"))


def payment_record_of(world: World, invoice: Json) -> Json | None:
    """The invoice payment, which leads from an intent to its invoice."""
    return world.find(invoice["id"].replace("in_", "inpay_", 1))


def pay(world: World, invoice: Json, *, counts: bool = True) -> None:
    """The card is charged, and the invoice is paid."""
    if intent := intent_of(world, invoice):
        customer = world.get("customer", invoice["customer"])
        payments.succeed(world, intent, payments.card_of(world, customer))
    invoice.update(
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempt_count=invoice["attempt_count"] + int(counts and bool(invoice["total"])),
        attempted=True,
        auto_advance=False,
        next_payment_attempt=None,
        status="paid",
    )
    invoice["status_transitions"]["paid_at"] = world.now
    _say_late(world, invoice, is_late=False)
    if record := payment_record_of(world, invoice):
        record.update(amount_paid=invoice["amount_due"], status="paid")
        record["status_transitions"]["paid_at"] = world.now
        world.emit("invoice_payment.paid", record)


def tell_paid(world: World, invoice: Json) -> None:
    """The two events that say the same, in Stripe's order."""
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)


def refuse(world: World, invoice: Json, *, wants_action: bool = False) -> None:
    """An attempt fails; Stripe tries again in some days."""
    card = payments.card_of(world, world.get("customer", invoice["customer"]))
    if intent := intent_of(world, invoice):
        if wants_action:
            payments.ask_for_action(world, intent, card)
        else:
            payments.decline(world, intent, card)
    is_first = invoice["billing_reason"] == "subscription_create"
    invoice.update(
        attempt_count=invoice["attempt_count"] + 1,
        attempted=True,
        next_payment_attempt=None if is_first else world.now + RETRY_DAYS * DAY_SECONDS,
    )
    if not is_first:
        _say_late(world, invoice, is_late=True)
    if wants_action:
        world.emit("invoice.payment_action_required", invoice)
    else:
        world.emit("invoice.payment_failed", invoice)


def _say_late(world: World, invoice: Json, *, is_late: bool) -> None:
    customer = world.get("customer", invoice["customer"])
    with world.changing(customer, "customer.updated"):
        customer["delinquent"] = is_late


def close(world: World, invoice: Json, status: str) -> None:
    """Void or uncollectible: nothing is asked for any more."""
    moment = {"void": "voided_at", "uncollectible": "marked_uncollectible_at"}[status]
    invoice.update(status=status, auto_advance=False, next_payment_attempt=None)
    invoice["status_transitions"][moment] = world.now
    intent = intent_of(world, invoice)
    if intent is not None and status == "void":
        intent.update(status="canceled", canceled_at=world.now, cancellation_reason="void_invoice")
        world.emit("payment_intent.canceled", intent)
    world.emit("invoice.voided" if status == "void" else "invoice.marked_uncollectible", invoice)


def open_invoice_of(world: World, subscription: Json) -> Json | None:
    """The newest one that waits to be paid."""
    for invoice in world.all("invoice"):
        details = (invoice["parent"] or {}).get("subscription_details") or {}
        if invoice["status"] == "open" and details.get("subscription") == subscription["id"]:
            return invoice
    return None
