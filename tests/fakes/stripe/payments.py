"""Cards, payment intents, charges, refunds and disputes."""

from tests.fakes.stripe.errors import Refusal
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import World, ending

DECLINE = {
    "code": "card_declined",
    "decline_code": "generic_decline",
    "doc_url": "https://stripe.com/docs/error-codes/card-declined",
    "message": "Your card was declined.",
    "type": "card_error",
}


def add_card(world: World, customer: Json | None, last4: str = "4242") -> Json:
    """A payment method, attached where there is a customer, and made their default one."""
    card = world.add("payment_method", f"pm_1{ending(23)}", {"customer": None})
    card["card"]["last4"] = last4
    card["billing_details"].update(email=None, name=None)
    if customer is not None:
        attach(world, card, customer)
        with world.changing(customer, "customer.updated"):
            settings = {**customer["invoice_settings"], "default_payment_method": card["id"]}
            customer["invoice_settings"] = settings
    return card


def attach(world: World, card: Json, customer: Json) -> None:
    """A payment method becomes a customer's."""
    card["customer"] = customer["id"]
    card["billing_details"].update(email=customer["email"], name=customer["name"])
    world.emit("payment_method.attached", card)


def detach(world: World, card: Json) -> None:
    """It is nobody's any more."""
    with world.changing(card, "payment_method.detached"):
        card["customer"] = None


def card_of(world: World, customer: Json) -> Json:
    """The default payment method, made where there is none yet."""
    found = world.find(customer["invoice_settings"]["default_payment_method"])
    return found or add_card(world, customer)


def open_intent(world: World, invoice: Json) -> Json:
    """What an invoice is to be paid with, from when it is finalized."""
    id_ = invoice["id"].replace("in_", "pi_", 1)
    intent = world.add(
        "payment_intent",
        id_,
        {
            "amount": invoice["amount_due"],
            "amount_received": 0,
            "client_secret": f"{id_}_secret_{ending(24)}",
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "description": _reason(invoice),
            "latest_charge": None,
            "payment_details": {"customer_reference": None, "order_reference": invoice["id"]},
            "payment_method": None,
            "status": "requires_payment_method",
        },
    )
    world.emit("payment_intent.created", intent)
    return intent


def _reason(invoice: Json) -> str:
    is_first = invoice["billing_reason"] == "subscription_create"
    return "Subscription creation" if is_first else "Subscription update"


def charge(world: World, intent: Json, card: Json, *, id_: str, is_declined: bool = False) -> Json:
    """An attempt, with the fee of what succeeded: 2.9 % and 30 cents."""
    amount = intent["amount"]
    values = {
        "amount": amount,
        "amount_captured": 0 if is_declined else amount,
        "balance_transaction": None,
        "billing_details": card["billing_details"],
        "captured": not is_declined,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "paid": not is_declined,
        "payment_intent": intent["id"],
        "payment_method": card["id"],
        "receipt_url": f"{world.base_url}/receipt/{id_}",
        "status": "failed" if is_declined else "succeeded",
    }
    made = world.add("charge", id_, values)
    made["payment_method_details"]["card"].update(last4=card["card"]["last4"])
    if is_declined:
        made.update(failure_code=DECLINE["code"], failure_message=DECLINE["message"])
        made["outcome"].update(type="issuer_declined", network_status="declined_by_network")
        return made
    made["balance_transaction"] = _move(world, made, "charge", amount, amount * 29 // 1000 + 30)
    return made


def _move(world: World, source: Json, kind: str, amount: int, fee: int = 0) -> str:
    id_ = f"txn_3{ending(23)}"
    values = {
        "amount": amount,
        "available_on": world.now + 2 * 86_400,
        "currency": source["currency"],
        "description": source.get("description"),
        "fee": fee,
        "net": amount - fee,
        "reporting_category": kind,
        "source": source["id"],
        "type": kind,
    }
    made = world.add("balance_transaction", id_, values)
    made["fee_details"][0]["amount"] = fee
    if not fee:
        made["fee_details"] = []
    return id_


def succeed(world: World, intent: Json, card: Json) -> Json:
    """The intent is paid with one more charge."""
    made = charge(world, intent, card, id_=intent["id"].replace("pi_", "ch_", 1))
    intent.update(
        amount_received=intent["amount"],
        last_payment_error=None,
        latest_charge=made["id"],
        next_action=None,
        payment_method=card["id"],
        status="succeeded",
    )
    world.emit("payment_intent.succeeded", intent)
    world.emit("charge.succeeded", made)
    return made


def decline(world: World, intent: Json, card: Json) -> Json:
    """The bank says no."""
    made = charge(world, intent, card, id_=f"ch_3{ending(23)}", is_declined=True)
    error = {**DECLINE, "charge": made["id"], "payment_method": card}
    intent.update(
        last_payment_error=error,
        latest_charge=made["id"],
        payment_method=None,
        status="requires_payment_method",
    )
    world.emit("charge.failed", made)
    world.emit("payment_intent.payment_failed", intent)
    return made


def ask_for_action(world: World, intent: Json, card: Json) -> None:
    """The bank wants its owner to confirm (3-D Secure)."""
    url = f"{world.base_url}/action/{intent['id']}"
    intent.update(
        next_action={
            "redirect_to_url": {"return_url": None, "url": url},
            "type": "redirect_to_url",
        },
        payment_method=card["id"],
        status="requires_action",
    )
    world.emit("payment_intent.requires_action", intent)


def refund(world: World, of: Json, amount: int | None = None) -> Json:
    """Money goes back. Raises Refusal for more than is left of the charge."""
    left = of["amount_captured"] - of["amount_refunded"]
    amount = left if amount is None else amount
    if not 0 < amount <= left:
        message = f"Charge {of['id']} has already been refunded."
        raise Refusal(message, code="charge_already_refunded")
    values = {
        "amount": amount,
        "charge": of["id"],
        "currency": of["currency"],
        "payment_intent": of["payment_intent"],
    }
    made = world.add("refund", f"re_3{ending(23)}", values)
    made["balance_transaction"] = _move(world, made, "refund", -amount)
    total = of["amount_refunded"] + amount
    with world.changing(of, "charge.refunded"):
        of.update(amount_refunded=total, refunded=total == of["amount_captured"])
    world.emit("refund.created", made)
    return made


def dispute(world: World, of: Json, reason: str = "fraudulent") -> Json:
    """The card's owner takes the charge back through the bank."""
    values = {
        "amount": of["amount"],
        "charge": of["id"],
        "currency": of["currency"],
        "payment_intent": of["payment_intent"],
        "reason": reason,
    }
    made = world.add("dispute", f"du_1{ending(23)}", values)
    made["evidence_details"]["due_by"] = world.now + 7 * 86_400
    of["disputed"] = True
    world.emit("charge.dispute.created", made)
    _move(world, made, "adjustment", -of["amount"], 1500)
    world.emit("charge.dispute.funds_withdrawn", made)
    return made


def close_dispute(world: World, made: Json, *, is_won: bool) -> None:
    """The bank has decided."""
    made["status"] = "won" if is_won else "lost"
    world.emit("charge.dispute.closed", made)
    if is_won:
        world.emit("charge.dispute.funds_reinstated", made)
