"""A Checkout session's life: open, then complete or expired."""

from tests.fakes.stripe import api_customers, payments, subscriptions
from tests.fakes.stripe.errors import Refusal
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import World, ending


def expire_late(world: World) -> None:
    """What was left open for a day is closed, as Stripe does by itself."""
    for session in world.tables["checkout.session"].values():
        if session["status"] == "open" and session["expires_at"] <= world.now:
            expire(world, session)


def expire(world: World, session: Json) -> None:
    """Nobody can pay it any more. Raises Refusal for one that is not open."""
    if session["status"] != "open":
        raise Refusal("Only Checkout Sessions with a status in `open` can be expired.")
    session.update(status="expired", url=None)
    world.emit("checkout.session.expired", session)


def success_url(session: Json) -> str:
    """Where the buyer is sent to after paying."""
    return str(session["success_url"] or "").replace("{CHECKOUT_SESSION_ID}", session["id"])


def bought(world: World, session: Json) -> tuple[Json, int]:
    """The price and the quantity."""
    line: Json = world.tables["session_lines"][session["id"]]["data"][0]
    return world.get("price", line["price"]["id"]), line["quantity"]


def pay(world: World, session: Json) -> Json:
    """The buyer pays, once: a second press of the button changes nothing."""
    if session["status"] == "complete":
        return world.get("subscription", session["subscription"])
    if session["status"] != "open":
        raise Refusal("This Checkout Session has expired.")
    customer = _customer(world, session)
    card = payments.add_card(world, customer)
    subscription = _subscribe(world, session, customer, card)
    is_trial = subscription["status"] == "trialing"
    session.update(
        customer=customer["id"],
        customer_details=_details(customer),
        invoice=subscription["latest_invoice"],
        payment_status="no_payment_required" if is_trial else "paid",
        status="complete",
        subscription=subscription["id"],
        url=None,
    )
    world.emit("checkout.session.completed", session)
    return subscription


def _customer(world: World, session: Json) -> Json:
    if session["customer"]:
        return world.get("customer", session["customer"])
    customer = api_customers.make_customer(world, session["customer_email"])
    world.emit("customer.created", customer)
    return customer


def _details(customer: Json) -> Json:
    shared = {name: customer[name] for name in ("address", "email", "name", "phone")}
    more: Json = {"business_name": None, "individual_name": None, "tax_ids": []}
    return {**shared, **more, "tax_exempt": customer["tax_exempt"]}


def _subscribe(world: World, session: Json, customer: Json, card: Json) -> Json:
    price, quantity = bought(world, session)
    data = world.tables["session_data"].get(session["id"], {})
    values = {"default_payment_method": card["id"], "metadata": data.get("metadata", {})}
    days = int(data.get("trial_period_days", 0))
    trial_end = int(data.get("trial_end", 0)) or subscriptions.days_from(world, days)
    made = subscriptions.begin(world, customer, price, values, trial_end)
    subscriptions.item_of(made)["quantity"] = quantity
    subscriptions.settle(world, made, subscriptions.first_invoice(world, made))
    return made


def decline(world: World, session: Json) -> None:
    """The bank says no; the session stays open."""
    price, quantity = bought(world, session)
    intent = world.add(
        "payment_intent",
        f"pi_3{ending(23)}",
        {
            "amount": price["unit_amount"] * quantity,
            "amount_received": 0,
            "customer": session["customer"],
            "latest_charge": None,
            "status": "requires_payment_method",
        },
    )
    payments.decline(world, intent, payments.add_card(world, None, "0002"))
