"""Subscriptions over the API."""

from tests.fakes.stripe import changes, forms, invoices, subscriptions
from tests.fakes.stripe.api_customers import present
from tests.fakes.stripe.errors import Refusal, missing, required
from tests.fakes.stripe.lists import page
from tests.fakes.stripe.routing import Call, route
from tests.fakes.stripe.templates import Json

KEPT = ("description", "default_payment_method", "pause_collection", "trial_settings")


@route("POST", "/v1/subscriptions", "SubscriptionCreateParams")
def create_subscription(call: Call) -> Json:
    customer = present(call, "customer")
    price = _price(call, call.require("items")[0])
    days, given = forms.number(call.params, "trial_period_days"), call.params.get("trial_end")
    trial_end = int(given) if given else subscriptions.days_from(call.world, days or 0)
    values = {"metadata": forms.merge_metadata({}, call.params)}
    made = subscriptions.begin(call.world, customer, price, values, trial_end)
    _keep(call, made)
    invoice = subscriptions.first_invoice(call.world, made)
    if call.params.get("payment_behavior") != "default_incomplete" or trial_end:
        subscriptions.settle(call.world, made, invoice)
    return made


def _price(call: Call, item: Json) -> Json:
    if "price" not in item:
        raise required("items[0][price]")
    return call.world.get("price", item["price"], param="items[0][price]", in_body=True)


def _keep(call: Call, subscription: Json) -> None:
    for name in KEPT:
        if name in call.params:
            subscription[name] = forms.typed(call.params[name])
    subscription["metadata"] = forms.merge_metadata(subscription["metadata"], call.params)


@route("GET", "/v1/subscriptions", "SubscriptionListParams")
def list_subscriptions(call: Call) -> Json:
    status = call.params.get("status")
    rows = [row for row in call.world.all("subscription") if _has(row, status)]
    if "customer" in call.params:
        rows = [row for row in rows if row["customer"] == call.params["customer"]]
    if price := call.params.get("price"):
        rows = [row for row in rows if subscriptions.item_of(row)["price"]["id"] == price]
    return page(call, rows, "/v1/subscriptions")


def _has(subscription: Json, status: str | None) -> bool:
    current = str(subscription["status"])
    if status == "all":
        return True
    if status == "ended":
        return current in subscriptions.ENDED
    if status is None:
        return current != "canceled"
    return current == status


@route("GET", "/v1/subscriptions/{id}")
def read_subscription(call: Call) -> Json:
    return call.named("subscription")


@route("POST", "/v1/subscriptions/{id}", "SubscriptionModifyParams")
def change_subscription(call: Call) -> Json:
    subscription = call.named("subscription")
    subscriptions.refuse_ended(subscription)
    with call.world.changing(subscription, subscriptions.UPDATED):
        _keep(call, subscription)
    _change_trial(call, subscription)
    if items := call.params.get("items"):
        _change_items(call, subscription, items)
    _change_end(call, subscription)
    return subscription


def _change_end(call: Call, subscription: Json) -> None:
    params = call.params
    values: Json = {}
    if "cancel_at_period_end" in params:
        values["cancel_at_period_end"] = forms.flag(params, "cancel_at_period_end")
    if params.get("cancel_at") in ("min_period_end", "max_period_end"):
        values["cancel_at"] = subscriptions.item_of(subscription)["current_period_end"]
    elif "cancel_at" in params:
        values["cancel_at"] = forms.number(params, "cancel_at") if params["cancel_at"] else None
    if values:
        subscriptions.keep_or_cancel(call.world, subscription, values)


def _change_trial(call: Call, subscription: Json) -> None:
    trial_end = call.params.get("trial_end")
    if trial_end == "now" and subscription["status"] == "trialing":
        subscriptions.end_trial(call.world, subscription)
    elif trial_end and trial_end != "now":
        subscriptions.extend_trial(call.world, subscription, int(trial_end))


def _change_items(call: Call, subscription: Json, items: list[Json]) -> None:
    item = subscriptions.item_of(subscription)
    if items[0].get("id") != item["id"]:
        # Without the item's id Stripe would add a second one, which ours never mean.
        raise missing("subscription_item", str(items[0].get("id")), param="items[0][id]")
    if "price" in items[0]:
        behavior = call.params.get("proration_behavior", "create_prorations")
        changes.change_price(call.world, subscription, _price(call, items[0]), behavior)


@route("DELETE", "/v1/subscriptions/{id}", "SubscriptionCancelParams")
def cancel_subscription(call: Call) -> Json:
    subscription = call.named("subscription")
    subscriptions.end_now(call.world, subscription)
    return subscription


@route("POST", "/v1/subscriptions/{id}/resume", "SubscriptionResumeParams")
def resume_subscription(call: Call) -> Json:
    subscription = call.named("subscription")
    subscriptions.resume(call.world, subscription)
    return subscription


@route("GET", "/v1/subscription_items", "SubscriptionItemListParams")
def list_items(call: Call) -> Json:
    of = call.referred("subscription", "subscription")
    return page(call, of["items"]["data"], "/v1/subscription_items")


@route("GET", "/v1/invoices", "InvoiceListParams")
def list_invoices(call: Call) -> Json:
    rows = call.world.all("invoice")
    for name in ("customer", "status"):
        if name in call.params:
            rows = [row for row in rows if row[name] == call.params[name]]
    if id_ := call.params.get("subscription"):
        rows = [row for row in rows if _subscription_of(row) == id_]
    return page(call, rows, "/v1/invoices")


def _subscription_of(invoice: Json) -> str:
    return str(invoice["parent"]["subscription_details"]["subscription"])


@route("GET", "/v1/invoices/{id}")
def read_invoice(call: Call) -> Json:
    return call.named("invoice")


@route("GET", "/v1/invoices/{id}/lines")
def list_lines(call: Call) -> Json:
    rows = call.named("invoice")["lines"]["data"]
    return page(call, rows, f"/v1/invoices/{call.id}/lines")


@route("POST", "/v1/invoices/{id}/pay", "InvoicePayParams")
def pay_invoice(call: Call) -> Json:
    invoice = _open_invoice(call)
    owner = call.world.get("subscription", _subscription_of(invoice))
    subscriptions.settle(call.world, owner, invoice)
    return invoice


@route("POST", "/v1/invoices/{id}/void", "InvoiceVoidInvoiceParams")
def void_invoice(call: Call) -> Json:
    invoice = _open_invoice(call)
    invoices.close(call.world, invoice, "void")
    return invoice


def _open_invoice(call: Call) -> Json:
    invoice = call.named("invoice")
    if invoice["status"] == "paid":
        raise Refusal("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] != "open":
        raise Refusal("This invoice is not open.", code="invoice_not_editable")
    return invoice
