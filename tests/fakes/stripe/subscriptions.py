"""Subscriptions: how they start, go on, fail and end, with the events of each step."""

from tests.fakes.stripe import invoices
from tests.fakes.stripe.eras import plan_of
from tests.fakes.stripe.errors import Refusal
from tests.fakes.stripe.invoices import Line
from tests.fakes.stripe.periods import DAY_SECONDS, after
from tests.fakes.stripe.templates import Json, new
from tests.fakes.stripe.world import World, ending

UPDATED = "customer.subscription.updated"
DELETED = "customer.subscription.deleted"
ENDED = ("canceled", "incomplete_expired")


def item_of(subscription: Json) -> Json:
    """Ours have one each."""
    item: Json = subscription["items"]["data"][0]
    return item


def begin(world: World, customer: Json, price: Json, values: Json, trial_end: int | None) -> Json:
    """A subscription that is there, and incomplete or on trial: nothing is invoiced yet."""
    id_, now = f"sub_1{ending(23)}", world.now
    item = new("subscription_item", {"id": f"si_{ending(14)}", "created": now, "subscription": id_})
    item.update(price=price, plan=plan_of(price))
    item["current_period_start"] = now
    item["current_period_end"] = trial_end or after(now, price, now)
    url = f"/v1/subscription_items?subscription={id_}"
    items = {"object": "list", "data": [item], "has_more": False, "total_count": 1, "url": url}
    customer["currency"] = price["currency"]
    return world.add(
        "subscription",
        id_,
        {
            "billing_cycle_anchor": trial_end or now,
            "currency": price["currency"],
            "customer": customer["id"],
            "default_payment_method": None,
            "items": items,
            "latest_invoice": None,
            "start_date": now,
            "status": "trialing" if trial_end else "incomplete",
            "trial_end": trial_end,
            "trial_start": now if trial_end else None,
            **values,
        },
    )


def first_invoice(world: World, subscription: Json) -> Json:
    """Open; free of charge on trial."""
    world.emit("customer.subscription.created", subscription)
    lines = [period_line(subscription)]
    invoice = invoices.draft(world, subscription, lines, "subscription_create")
    invoices.finalize(world, invoice)
    return invoice


def period_line(subscription: Json) -> Line:
    """What the running period costs."""
    item = item_of(subscription)
    is_trial = subscription["status"] == "trialing"
    amount = 0 if is_trial else item["price"]["unit_amount"] * item["quantity"]
    described = "Trial period for Huntaze" if is_trial else f"{item['quantity']} x Huntaze"
    return Line(amount, described, item["current_period_start"], item["current_period_end"])


def settle(world: World, subscription: Json, invoice: Json) -> None:
    """The invoice is paid; what waited for that is active."""
    invoices.pay(world, invoice)
    is_waiting = subscription["status"] in ("incomplete", "past_due", "unpaid")
    with world.changing(subscription, UPDATED):
        if is_waiting:
            subscription["status"] = "active"
    invoices.tell_paid(world, invoice)


def next_period(world: World, subscription: Json) -> None:
    """The period after the one that ends, whatever becomes of its invoice."""
    item = item_of(subscription)
    start = item["current_period_end"]
    with world.changing(subscription, UPDATED):
        data = subscription["items"]["data"]
        end = after(start, item["price"], subscription["billing_cycle_anchor"])
        fresh = {**item, "current_period_start": start, "current_period_end": end}
        subscription["items"] = {**subscription["items"], "data": [fresh, *data[1:]]}
        if subscription["status"] == "trialing":
            subscription["status"] = "active"


def renewal_invoice(world: World, subscription: Json) -> Json:
    """The next period begins, and its invoice is open."""
    next_period(world, subscription)
    lines = [period_line(subscription)]
    invoice = invoices.draft(world, subscription, lines, "subscription_cycle")
    invoices.finalize(world, invoice)
    return invoice


def renew(world: World, subscription: Json) -> Json:
    """A period later, and paid; what was to end at the period's end ends."""
    refuse_ended(subscription)
    if subscription["cancel_at_period_end"]:
        end_now(world, subscription)
        return subscription
    settle(world, subscription, renewal_invoice(world, subscription))
    return subscription


def fail(world: World, subscription: Json, *, wants_action: bool = False) -> Json:
    """The renewal's payment fails, or that of the invoice that is open fails once more."""
    refuse_ended(subscription)
    invoice = invoices.open_invoice_of(world, subscription)
    invoice = invoice or renewal_invoice(world, subscription)
    invoices.refuse(world, invoice, wants_action=wants_action)
    with world.changing(subscription, UPDATED):
        if subscription["status"] in ("active", "trialing"):
            subscription["status"] = "past_due"
    return invoice


def give_up(world: World, subscription: Json, status: str) -> None:
    """The last retry has failed: canceled or unpaid, as the account's settings say."""
    if invoice := invoices.open_invoice_of(world, subscription):
        with world.changing(invoice, "invoice.updated"):
            invoice.update(next_payment_attempt=None, auto_advance=False)
    if status == "canceled":
        end_now(world, subscription, reason="payment_failed")
        return
    with world.changing(subscription, UPDATED):
        subscription["status"] = "unpaid"


def end_now(world: World, subscription: Json, reason: str = "cancellation_requested") -> None:
    """Over, at once."""
    refuse_ended(subscription)
    now = world.now
    subscription.update(
        canceled_at=subscription["canceled_at"] or now,
        cancellation_details={**subscription["cancellation_details"], "reason": reason},
        ended_at=now,
        status="canceled",
    )
    world.emit(DELETED, subscription)


def expire(world: World, subscription: Json) -> None:
    """Nobody paid the first invoice within 23 hours."""
    if invoice := invoices.open_invoice_of(world, subscription):
        invoices.close(world, invoice, "void")
    with world.changing(subscription, UPDATED):
        subscription.update(status="incomplete_expired", ended_at=world.now)


def pause(world: World, subscription: Json) -> None:
    """As when a trial ends without a payment method: the status is paused."""
    with world.changing(subscription, UPDATED):
        subscription["status"] = "paused"
    world.emit("customer.subscription.paused", subscription)


def resume(world: World, subscription: Json) -> None:
    """A new cycle begins now, and is paid. Raises Refusal for what is not paused."""
    if subscription["status"] != "paused":
        raise Refusal("Only paused subscriptions can be resumed.")
    restart(world, subscription, {"status": "active"})
    invoice = invoices.draft(
        world, subscription, [period_line(subscription)], "subscription_update"
    )
    invoices.finalize(world, invoice)
    settle(world, subscription, invoice)
    world.emit("customer.subscription.resumed", subscription)


def restart(world: World, subscription: Json, values: Json) -> None:
    """The billing cycle begins anew, now."""
    now, item = world.now, item_of(subscription)
    with world.changing(subscription, UPDATED):
        fresh = {**item, "current_period_start": now}
        fresh["current_period_end"] = after(now, item["price"], now)
        subscription["items"] = {**subscription["items"], "data": [fresh]}
        subscription.update(billing_cycle_anchor=now, **values)


def keep_or_cancel(world: World, subscription: Json, values: Json) -> None:
    """Sets `cancel_at_period_end` or `cancel_at`, and what follows from them."""
    refuse_ended(subscription)
    ends_at = item_of(subscription)["current_period_end"]
    will_end = values.get("cancel_at_period_end", False)
    cancel_at = ends_at if will_end else values.get("cancel_at")
    reason = "cancellation_requested" if cancel_at else None
    with world.changing(subscription, UPDATED):
        subscription.update(
            cancel_at=cancel_at,
            cancel_at_period_end=will_end,
            canceled_at=world.now if cancel_at else None,
            cancellation_details={**subscription["cancellation_details"], "reason": reason},
        )


def end_trial(world: World, subscription: Json) -> None:
    """The trial is over now: the first paid period begins, and is paid."""
    restart(world, subscription, {"status": "active", "trial_end": world.now})
    lines = [period_line(subscription)]
    invoice = invoices.draft(world, subscription, lines, "subscription_cycle")
    invoices.finalize(world, invoice)
    settle(world, subscription, invoice)


def extend_trial(world: World, subscription: Json, trial_end: int) -> None:
    """On trial until then."""
    item = {**item_of(subscription), "current_period_end": trial_end}
    with world.changing(subscription, UPDATED):
        subscription["items"] = {**subscription["items"], "data": [item]}
        subscription.update(status="trialing", trial_end=trial_end, billing_cycle_anchor=trial_end)
        subscription["trial_start"] = subscription["trial_start"] or world.now


def refuse_ended(subscription: Json) -> None:
    """Raises Refusal: what has ended never changes again, and is not found by a change."""
    if subscription["status"] in ENDED:
        message = f"No such subscription: '{subscription['id']}'"
        raise Refusal(message, status=404, code="resource_missing", param="id")


def days_from(world: World, days: int) -> int | None:
    """The end of a trial of that many days."""
    return world.now + days * DAY_SECONDS if days else None
