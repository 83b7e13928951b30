"""`expand[]`: ids become objects, and what is left out unless asked for is put in.

Source: https://docs.stripe.com/expand.
"""

from collections.abc import Callable
from typing import Any

from tests.fakes.stripe import eras
from tests.fakes.stripe.errors import Refusal
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import World


def render(world: World, obj: Json, version: str, paths: list[str]) -> Json:
    """What an answer holds: the object in its version, expanded. Raises Refusal."""
    rendered: Json = eras.in_era(obj, version)
    for path in paths:
        _expand(world, rendered, path.split("."), version, path)
    return rendered


def _expand(world: World, node: Any, parts: list[str], version: str, path: str) -> None:
    if isinstance(node, list):
        for child in node:
            _expand(world, child, parts, version, path)
        return
    if not isinstance(node, dict) or not parts:
        return
    name = parts[0]
    if name not in node or _is_left_out(node, name):
        node[name] = _included(world, node, name, path)
    value = node[name]
    if isinstance(value, str):
        found = world.find(value)
        if found is None:
            raise _cannot(path)
        node[name] = eras.in_era(found, version)
    elif value is not None and not isinstance(value, dict | list):
        raise _cannot(path)
    _expand(world, node[name], parts[1:], version, path)


def _is_left_out(node: Json, name: str) -> bool:
    return node[name] is None and (node.get("object"), name) in INCLUDED


def _cannot(path: str) -> Refusal:
    message = (
        f"This property cannot be expanded ({path}). You may want to try expanding a different "
        "property."
    )
    return Refusal(message, param="expand[0]")


def _included(world: World, node: Json, name: str, path: str) -> Any:
    make = INCLUDED.get((node.get("object", ""), name))
    if make is None:
        raise _cannot(path)
    return make(world, node)


def _list(data: list[Json], url: str) -> Json:
    return {"object": "list", "data": data, "has_more": False, "url": url}


def _of(world: World, kind: str, name: str, id_: str) -> list[Json]:
    return [row for row in world.all(kind) if row[name] == id_]


def _subscriptions(world: World, customer: Json) -> Json:
    found = _of(world, "subscription", "customer", customer["id"])
    alive = [row for row in found if row["status"] not in ("canceled", "incomplete_expired")]
    return _list(alive, f"/v1/customers/{customer['id']}/subscriptions")


def _sources(_world: World, customer: Json) -> Json:
    return _list([], f"/v1/customers/{customer['id']}/sources")


def _tax_ids(_world: World, customer: Json) -> Json:
    return _list([], f"/v1/customers/{customer['id']}/tax_ids")


def _tax(_world: World, _customer: Json) -> Json:
    return {"automatic_tax": "not_collecting", "ip_address": None, "location": None}


def _refunds(world: World, charge: Json) -> Json:
    return _list(
        _of(world, "refund", "charge", charge["id"]), f"/v1/charges/{charge['id']}/refunds"
    )


def _payments(world: World, invoice: Json) -> Json:
    return _list(
        _of(world, "invoice_payment", "invoice", invoice["id"]),
        f"/v1/invoice_payments?invoice={invoice['id']}",
    )


def _secret(world: World, invoice: Json) -> Json | None:
    intent = world.find(eras.payment_of(invoice, "pi"))
    if intent is None:
        return None
    return {"client_secret": intent["client_secret"], "type": "payment_intent"}


def _bought(world: World, session: Json) -> Json:
    data = list(world.tables["session_lines"][session["id"]]["data"])
    return _list(data, f"/v1/checkout/sessions/{session['id']}/line_items")


def _currencies(_world: World, price: Json) -> Json:
    names = ("custom_unit_amount", "tax_behavior", "unit_amount", "unit_amount_decimal")
    return {price["currency"]: {name: price.get(name) for name in names}}


def _nothing(_world: World, _node: Json) -> None:
    return None


INCLUDED: dict[tuple[str, str], Callable[[World, Json], Any]] = {
    ("customer", "subscriptions"): _subscriptions,
    ("customer", "sources"): _sources,
    ("customer", "tax_ids"): _tax_ids,
    ("customer", "tax"): _tax,
    ("charge", "refunds"): _refunds,
    ("invoice", "payments"): _payments,
    ("invoice", "confirmation_secret"): _secret,
    ("checkout.session", "line_items"): _bought,
    ("price", "currency_options"): _currencies,
    ("price", "tiers"): _nothing,
}
