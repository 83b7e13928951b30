"""The hosted pages: Checkout, the customer portal, an invoice, a receipt. Plain HTML, no script."""

from collections.abc import Callable
from html import escape

from tests.fakes.stripe import changes, checkout, subscriptions
from tests.fakes.stripe.answering import Answer, Request
from tests.fakes.stripe.errors import Refusal
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import Cause, World

SHELL = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui;max-width:30rem;margin:3rem auto;padding:0 1rem}}
button{{font:inherit;padding:.5rem 1rem;margin:.25rem 0}} .bad{{color:#b00020}}</style></head>
<body><p><small>A fake Stripe for tests. No money moves.</small></p>
<h1>{title}</h1>{body}</body></html>"""
NO_PDF = b"%PDF-1.4\n% An invoice of the fake Stripe.\n%%EOF\n"


def html(title: str, body: str, status: int = 200) -> Answer:
    """A page; the body is HTML already."""
    text = SHELL.format(title=escape(title), body=body)
    return Answer(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


def redirect(url: str) -> Answer:
    """On to elsewhere."""
    return Answer(303, b"", {"Location": url})


def button(path: str, label: str, **fields: str) -> str:
    """A form of one button."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    action = escape(path)
    return f'<form method="post" action="{action}">{hidden}<button>{escape(label)}</button></form>'


def link(url: str, label: str) -> str:
    """To another page."""
    return f'<p><a href="{escape(url)}">{escape(label)}</a></p>'


def price_text(world: World, price: Json) -> str:
    """As `Huntaze PRO, $29.00 a month`."""
    product = world.get("product", price["product"])["name"]
    interval = price["recurring"]["interval"]
    return f"{product}, ${price['unit_amount'] / 100:.2f} a {interval}"


def show(world: World, request: Request) -> Answer:
    """The page of a path, after what its button does."""
    kind, _, rest = request.path.strip("/").partition("/")
    id_, _, more = rest.partition("/")
    if kind not in PAGES:
        return html("Not found", "", 404)
    try:
        with world.caused_by(Cause()):
            checkout.expire_late(world)
            if kind == "invoice" and more == "pdf":
                return Answer(200, NO_PDF, {"Content-Type": "application/pdf"})
            return PAGES[kind](world, request, id_)
    except Refusal as refusal:
        return html("Something went wrong", f'<p class="bad">{escape(str(refusal))}</p>', 400)


def _pay(world: World, request: Request, id_: str) -> Answer:
    session = world.get("checkout.session", id_)
    action = request.params.get("action") if request.method == "POST" else None
    if action == "pay":
        checkout.pay(world, session)
        return redirect(checkout.success_url(session))
    if session["status"] != "open":
        return html(f"This session is {session['status']}", "")
    failure = ""
    if action == "decline":
        checkout.decline(world, session)
        failure = '<p class="bad" role="alert">Your card was declined.</p>'
    price, quantity = checkout.bought(world, session)
    days = world.tables["session_data"].get(id_, {}).get("trial_period_days")
    trial = f"<p>{escape(str(days))} days free, then:</p>" if days else ""
    body = f"{failure}{trial}<p>{quantity} x {escape(price_text(world, price))}</p>"
    body += button(request.path, "Pay", action="pay")
    body += button(request.path, "Decline", action="decline")
    if session["cancel_url"]:
        body += link(session["cancel_url"], "Back")
    return html("Subscribe", body, 402 if failure else 200)


def _portal(world: World, request: Request, id_: str) -> Answer:
    session = world.get("billing_portal.session", id_)
    if request.method == "POST":
        _press(world, session, request)
        return redirect(request.path)
    body = "".join(
        _subscription(world, session, row, request.path)
        for row in world.all("subscription")
        if row["customer"] == session["customer"] and row["status"] not in subscriptions.ENDED
    )
    body = body or "<p>You have no subscription.</p>"
    for invoice in world.all("invoice"):
        if invoice["customer"] == session["customer"] and invoice["number"]:
            body += link(invoice["hosted_invoice_url"], f"Invoice {invoice['number']}")
    if session["return_url"]:
        body += link(session["return_url"], "Back")
    return html("Your plan", body)


def _press(world: World, session: Json, request: Request) -> None:
    subscription = world.get("subscription", request.params["subscription"])
    if subscription["customer"] != session["customer"]:
        raise Refusal("This is somebody else's subscription.")
    action = request.params["action"]
    if action in ("cancel", "renew"):
        values = {"cancel_at_period_end": action == "cancel"}
        subscriptions.keep_or_cancel(world, subscription, values)
    elif action == "switch":
        price = world.get("price", request.params["price"])
        behavior = _features(world, session)["subscription_update"]["proration_behavior"]
        changes.change_price(world, subscription, price, behavior)


def _features(world: World, session: Json) -> Json:
    configuration = world.get("billing_portal.configuration", session["configuration"])
    features: Json = configuration["features"]
    return features


def _subscription(world: World, session: Json, row: Json, path: str) -> str:
    features = _features(world, session)
    current = subscriptions.item_of(row)["price"]
    body = f"<h2>{escape(price_text(world, current))}</h2><p>Status: {escape(row['status'])}</p>"
    if row["cancel_at_period_end"]:
        body += "<p>It ends with the period.</p>"
        body += button(path, "Renew plan", action="renew", subscription=row["id"])
    elif features["subscription_cancel"]["enabled"]:
        body += button(path, "Cancel plan", action="cancel", subscription=row["id"])
    if features["subscription_update"]["enabled"]:
        for price in _others(world, features, current):
            label = f"Switch to {price_text(world, price)}"
            fields = {"subscription": row["id"], "price": price["id"]}
            body += button(path, label, action="switch", **fields)
    return body


def _others(world: World, features: Json, current: Json) -> list[Json]:
    offered = {
        id_
        for product in features["subscription_update"].get("products") or []
        for id_ in product.get("prices", [])
    }
    active = [row for row in world.tables["price"].values() if row["active"] and row["recurring"]]
    return [row for row in active if row is not current and (not offered or row["id"] in offered)]


def _invoice(world: World, request: Request, id_: str) -> Answer:
    invoice = world.get("invoice", id_)
    body = f"<p>{escape(invoice['status'])}, ${invoice['total'] / 100:.2f}</p>"
    return html(f"Invoice {invoice['number']}", body + link(f"{request.path}/pdf", "PDF"))


def _receipt(world: World, request: Request, id_: str) -> Answer:
    charge = world.get("charge", id_)
    return html("Receipt", f"<p>${charge['amount'] / 100:.2f}, {escape(charge['status'])}</p>")


PAGES: dict[str, Callable[[World, Request, str], Answer]] = {
    "pay": _pay,
    "portal": _portal,
    "invoice": _invoice,
    "receipt": _receipt,
}
