"""Payment intents, charges, refunds, disputes and events over the API."""

from tests.fakes.stripe import forms, payments
from tests.fakes.stripe.errors import required
from tests.fakes.stripe.lists import listing, page
from tests.fakes.stripe.routing import Call, Handler, route
from tests.fakes.stripe.templates import Json

READ_ONLY = {
    "balance_transactions": "balance_transaction",
    "charges": "charge",
    "disputes": "dispute",
    "events": "event",
    "invoice_payments": "invoice_payment",
    "payment_intents": "payment_intent",
    "refunds": "refund",
}


def _reader(kind: str) -> Handler:
    return lambda call: call.named(kind)


for _plural, _kind in READ_ONLY.items():
    route("GET", f"/v1/{_plural}/{{id}}")(_reader(_kind))


@route("GET", "/v1/charges", "ChargeListParams")
def list_charges(call: Call) -> Json:
    return listing(call, "charge", "/v1/charges", ("customer", "payment_intent"))


@route("GET", "/v1/payment_intents", "PaymentIntentListParams")
def list_intents(call: Call) -> Json:
    return listing(call, "payment_intent", "/v1/payment_intents", ("customer",))


@route("GET", "/v1/refunds", "RefundListParams")
def list_refunds(call: Call) -> Json:
    return listing(call, "refund", "/v1/refunds", ("charge", "payment_intent"))


@route("GET", "/v1/disputes", "DisputeListParams")
def list_disputes(call: Call) -> Json:
    return listing(call, "dispute", "/v1/disputes", ("charge", "payment_intent"))


@route("GET", "/v1/invoice_payments", "InvoicePaymentListParams")
def list_invoice_payments(call: Call) -> Json:
    rows = call.world.all("invoice_payment")
    for name in ("invoice", "status"):
        if name in call.params:
            rows = [row for row in rows if row[name] == call.params[name]]
    if intent := call.params.get("payment", {}).get("payment_intent"):
        rows = [row for row in rows if row["payment"]["payment_intent"] == intent]
    return page(call, rows, "/v1/invoice_payments")


@route("POST", "/v1/refunds", "RefundCreateParams")
def create_refund(call: Call) -> Json:
    if "payment_intent" in call.params:
        intent = call.referred("payment_intent", "payment_intent")
        charge = call.world.get("charge", intent["latest_charge"], param="charge", in_body=True)
    elif "charge" in call.params:
        charge = call.referred("charge", "charge")
    else:
        raise required("charge")
    made = payments.refund(call.world, charge, forms.number(call.params, "amount"))
    made["reason"] = call.params.get("reason")
    return made


@route("GET", "/v1/events", "EventListParams")
def list_events(call: Call) -> Json:
    rows = call.world.all("event")
    if wanted := call.params.get("types"):
        rows = [row for row in rows if row["type"] in wanted]
    if wanted := call.params.get("type"):
        family = wanted.removesuffix("*")
        rows = [row for row in rows if row["type"] == wanted or _is_of(row, wanted, family)]
    return page(call, rows, "/v1/events")


def _is_of(event: Json, wanted: str, family: str) -> bool:
    return wanted.endswith("*") and str(event["type"]).startswith(family)
