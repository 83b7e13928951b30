"""Customers and their payment methods over the API."""

from tests.fakes.stripe import forms, payments, subscriptions
from tests.fakes.stripe.errors import Refusal
from tests.fakes.stripe.lists import listing, page
from tests.fakes.stripe.routing import Call, route
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import World, ending

PLAIN = ("email", "name", "phone", "description", "tax_exempt")


def make_customer(
    world: World,
    email: str | None = None,
    name: str | None = None,
    metadata: dict[str, str] | None = None,
) -> Json:
    """Somebody who may pay."""
    prefix = ending(8).upper()
    values = {"email": email, "name": name, "invoice_prefix": prefix, "metadata": metadata or {}}
    return world.add("customer", f"cus_{ending(14)}", values)


@route("POST", "/v1/customers", "CustomerCreateParams")
def create_customer(call: Call) -> Json:
    customer = make_customer(call.world)
    _take(call, customer)
    call.world.emit("customer.created", customer)
    return customer


def _take(call: Call, customer: Json) -> None:
    for name in PLAIN:
        if name in call.params:
            customer[name] = call.params[name] or None
    for name in ("address", "shipping", "preferred_locales"):
        if name in call.params:
            customer[name] = call.params[name] or None
    if settings := call.params.get("invoice_settings"):
        customer["invoice_settings"] = {**customer["invoice_settings"], **forms.typed(settings)}
    customer["metadata"] = forms.merge_metadata(customer["metadata"], call.params)


@route("GET", "/v1/customers", "CustomerListParams")
def list_customers(call: Call) -> Json:
    rows = [row for row in call.world.all("customer") if not row.get("deleted")]
    if "email" in call.params:
        rows = [row for row in rows if row["email"] == call.params["email"]]
    return page(call, rows, "/v1/customers")


@route("GET", "/v1/customers/{id}")
def read_customer(call: Call) -> Json:
    return call.named("customer")


def present(call: Call, param: str = "") -> Json:
    """The customer, who is not deleted. Raises Refusal."""
    customer = call.referred("customer", param) if param else call.named("customer")
    if customer.get("deleted"):
        raise Refusal(
            f"No such customer: '{customer['id']}'",
            status=400 if param else 404,
            code="resource_missing",
            param=param or "id",
        )
    return customer


@route("POST", "/v1/customers/{id}", "CustomerModifyParams")
def change_customer(call: Call) -> Json:
    customer = present(call)
    with call.world.changing(customer, "customer.updated"):
        _take(call, customer)
    return customer


def remove(world: World, customer: Json) -> Json:
    """Whoever is deleted has no subscription and no card any more."""
    for subscription in world.all("subscription"):
        is_theirs = subscription["customer"] == customer["id"]
        if is_theirs and subscription["status"] not in subscriptions.ENDED:
            subscriptions.end_now(world, subscription)
    for card in world.all("payment_method"):
        if card["customer"] == customer["id"]:
            card["customer"] = None
    world.emit("customer.deleted", customer)
    stub = {"id": customer["id"], "object": "customer", "deleted": True}
    world.tables["customer"][customer["id"]] = stub
    return stub


@route("DELETE", "/v1/customers/{id}")
def delete_customer(call: Call) -> Json:
    return remove(call.world, present(call))


@route("POST", "/v1/payment_methods", "PaymentMethodCreateParams")
def create_payment_method(call: Call) -> Json:
    call.require("type")
    return payments.add_card(call.world, None)


@route("GET", "/v1/payment_methods/{id}")
def read_payment_method(call: Call) -> Json:
    return call.named("payment_method")


@route("POST", "/v1/payment_methods/{id}/attach", "PaymentMethodAttachParams")
def attach_payment_method(call: Call) -> Json:
    customer = present(call, "customer")
    if call.id.startswith("pm_card_"):
        card = payments.add_card(call.world, None)
    else:
        card = call.named("payment_method")
    payments.attach(call.world, card, customer)
    return card


@route("POST", "/v1/payment_methods/{id}/detach")
def detach_payment_method(call: Call) -> Json:
    card = call.named("payment_method")
    payments.detach(call.world, card)
    return card


@route("GET", "/v1/payment_methods", "PaymentMethodListParams")
def list_payment_methods(call: Call) -> Json:
    return listing(call, "payment_method", "/v1/payment_methods", ("customer", "type"))


@route("GET", "/v1/customers/{id}/payment_methods", "CustomerPaymentMethodListParams")
def list_payment_methods_of(call: Call) -> Json:
    rows = [row for row in call.world.all("payment_method") if row["customer"] == call.id]
    return page(call, rows, f"/v1/customers/{present(call)['id']}/payment_methods")
