"""Checkout sessions over the API."""

from typing import Any

from tests.fakes.stripe import checkout, forms
from tests.fakes.stripe.api_customers import present
from tests.fakes.stripe.errors import Refusal, missing, required
from tests.fakes.stripe.lists import page
from tests.fakes.stripe.periods import DAY_SECONDS
from tests.fakes.stripe.routing import Call, route
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import ending

TEXTS = (
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "locale",
    "payment_method_collection",
    "success_url",
)
TREES = ("consent_collection", "customer_update", "phone_number_collection", "tax_id_collection")


@route("POST", "/v1/checkout/sessions", "checkout.SessionCreateParams")
def create_session(call: Call) -> Json:
    for name in ("mode", "success_url", "line_items"):
        call.require(name)
    if call.params["mode"] != "subscription":
        raise Refusal("This fake sells subscriptions alone.", param="mode")
    line = _line(call)
    id_ = f"cs_test_a1{ending(58)}"
    session = call.world.add("checkout.session", id_, _values(call, line, id_))
    data = call.params.get("subscription_data", {})
    call.world.tables["session_data"][id_] = data
    call.world.tables["session_lines"][id_] = {"data": [line]}
    return session


def _values(call: Call, line: Json, id_: str) -> Json:
    params, given = call.params, {}
    for name in TEXTS:
        if name in params:
            given[name] = params[name] or None
    expires_at = forms.number(params, "expires_at") or call.world.now + DAY_SECONDS
    if params.get("customer") and params.get("customer_email"):
        message = "You may only specify one of these parameters: customer, customer_email."
        raise Refusal(message, param="customer")
    customer = present(call, "customer")["id"] if params.get("customer") else None
    automatic_tax = {"enabled": False, "liability": None, "provider": None, "status": None}
    automatic_tax |= forms.typed(params.get("automatic_tax", {}))
    promotes = "allow_promotion_codes" in params
    return {
        "allow_promotion_codes": forms.flag(params, "allow_promotion_codes") if promotes else None,
        "amount_subtotal": line["amount_total"],
        "amount_total": line["amount_total"],
        "automatic_tax": automatic_tax,
        "cancel_url": None,
        "currency": line["currency"],
        "customer": customer,
        "customer_creation": None if customer else "always",
        "expires_at": expires_at,
        "metadata": forms.merge_metadata({}, params),
        "success_url": params["success_url"],
        "url": f"{call.world.base_url}/pay/{id_}",
        **given,
    }


def _line(call: Call) -> Json:
    first: Any = call.params["line_items"][0]
    if "price" not in first:
        raise required("line_items[0][price]")
    price = call.world.tables["price"].get(first["price"])
    if price is None:
        raise missing("price", first["price"], param="line_items[0][price]", in_body=True)
    if not price["active"]:
        message = "The price specified is inactive. This field only accepts active prices."
        raise Refusal(message, param="line_items[0][price]")
    quantity = int(first.get("quantity", 1))
    amount = price["unit_amount"] * quantity
    product = call.world.get("product", price["product"])
    return {
        "id": f"li_1{ending(23)}",
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": {},
        "price": price,
        "quantity": quantity,
    }


@route("GET", "/v1/checkout/sessions", "checkout.SessionListParams")
def list_sessions(call: Call) -> Json:
    rows = call.world.all("checkout.session")
    for name in ("customer", "status", "subscription", "payment_intent"):
        if name in call.params:
            rows = [row for row in rows if row[name] == call.params[name]]
    return page(call, rows, "/v1/checkout/sessions")


@route("GET", "/v1/checkout/sessions/{id}")
def read_session(call: Call) -> Json:
    return call.world.get("checkout.session", call.id, param="session")


@route("GET", "/v1/checkout/sessions/{id}/line_items")
def list_line_items(call: Call) -> Json:
    rows = call.world.tables["session_lines"][read_session(call)["id"]]["data"]
    return page(call, list(rows), f"/v1/checkout/sessions/{call.id}/line_items")


@route("POST", "/v1/checkout/sessions/{id}/expire", "checkout.SessionExpireParams")
def expire_session(call: Call) -> Json:
    session = read_session(call)
    checkout.expire(call.world, session)
    return session
