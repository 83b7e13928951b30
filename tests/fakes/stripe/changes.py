"""Another price for a subscription, with what is owed or credited for the days that are left."""

from tests.fakes.stripe import invoices, subscriptions
from tests.fakes.stripe.eras import plan_of
from tests.fakes.stripe.invoices import Line
from tests.fakes.stripe.subscriptions import UPDATED, item_of
from tests.fakes.stripe.templates import Json
from tests.fakes.stripe.world import World


def change_price(
    world: World, subscription: Json, price: Json, behavior: str = "create_prorations"
) -> None:
    """Takes effect now. Another interval begins a new cycle, which is invoiced at once."""
    subscriptions.refuse_ended(subscription)
    before = item_of(subscription)
    if before["price"]["id"] == price["id"]:
        return
    credit = _credit(world, before) if behavior != "none" else None
    is_new_cycle = before["price"]["recurring"] != price["recurring"]
    with world.changing(subscription, UPDATED):
        item = {**before, "price": price, "plan": plan_of(price)}
        subscription["items"] = {**subscription["items"], "data": [item]}
    if subscription["status"] != "active":
        return
    if is_new_cycle:
        subscriptions.restart(world, subscription, {})
        _invoice(world, subscription, credit, subscriptions.period_line(subscription))
    elif behavior == "always_invoice":
        _invoice(world, subscription, credit, _rest(world, subscription))


def _left(world: World, item: Json) -> float:
    length: int = item["current_period_end"] - item["current_period_start"]
    return float(min(1.0, max(0.0, (item["current_period_end"] - world.now) / length)))


def _credit(world: World, item: Json) -> Line:
    amount = -round(item["price"]["unit_amount"] * item["quantity"] * _left(world, item))
    return Line(amount, "Unused time", world.now, item["current_period_end"], is_proration=True)


def _rest(world: World, subscription: Json) -> Line:
    item = item_of(subscription)
    amount = round(item["price"]["unit_amount"] * item["quantity"] * _left(world, item))
    return Line(amount, "Remaining time", world.now, item["current_period_end"], is_proration=True)


def _invoice(world: World, subscription: Json, credit: Line | None, line: Line) -> None:
    lines = [credit, line] if credit else [line]
    invoice = invoices.draft(world, subscription, lines, "subscription_update")
    invoices.finalize(world, invoice)
    subscriptions.settle(world, subscription, invoice)
