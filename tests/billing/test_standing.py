"""What subscriptions say, out of Stripe's JSON of two eras."""

from datetime import UTC, datetime
from typing import Any

import pytest

from billing.models import SubscriptionStatus
from billing.plans import PlanName
from billing.standing import GRACE, period_of, standing_of, subscription_of

START, END = 1_780_000_000, 1_782_600_000
PLANS = {"price_pro": PlanName.PRO, "price_big": PlanName.ENTERPRISE}


def plan_of(price: Any) -> PlanName | None:
    return PLANS.get(price.get("id", ""))


def subscription(status: str = "active", price: str = "price_pro", **facts: Any) -> dict[str, Any]:
    """As Stripe sends it since 2025-03-31."""
    item = {
        "id": "si_1",
        "price": {"id": price, "recurring": {"interval": "month"}},
        "current_period_start": START,
        "current_period_end": END,
    }
    made = {"id": "sub_1", "created": START, "billing_cycle_anchor": START, "status": status}
    return {**made, "items": {"data": [item]}, **facts}


def invoice(**facts: Any) -> dict[str, Any]:
    parent = {"subscription_details": {"subscription": "sub_1"}}
    made: dict[str, Any] = {"id": "in_1", "status": "open", "attempted": True, "created": END}
    return {**made, "parent": parent, "status_transitions": {"finalized_at": END + 3600}, **facts}


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("active", "ACTIVE"),
        ("trialing", "TRIALING"),
        ("past_due", "PAST_DUE"),
        ("unpaid", "UNPAID"),
        ("canceled", "CANCELED"),
        ("incomplete", "INCOMPLETE"),
        ("incomplete_expired", "CANCELED"),
        ("paused", "PAUSED"),
    ],
)
def test_statuses_are_the_contracts(raw: str, status: str) -> None:
    found = standing_of([subscription(raw)], plan_of=plan_of)
    assert found is not None
    assert found.status == status
    assert (found.plan, found.interval) == (PlanName.PRO, "month")
    assert (found.period_start, found.period_end) == tuple(
        datetime.fromtimestamp(each, UTC) for each in (START, END)
    )


def test_a_status_of_tomorrow_is_said_to_be_unknown() -> None:
    found = standing_of([subscription("hibernating")], plan_of=plan_of)
    assert found is not None
    assert (found.status, found.raw_status) == (None, "hibernating")


def test_the_period_is_read_in_either_shape() -> None:
    new, old = subscription(), subscription()
    old |= {"current_period_start": START, "current_period_end": END}
    for key in ("current_period_start", "current_period_end"):
        del old["items"]["data"][0][key]
    assert period_of(new) == period_of(old) != (None, None)
    assert period_of({"items": None}) == (None, None)
    assert subscription_of(invoice()) == "sub_1"
    assert subscription_of({"subscription": {"id": "sub_2"}}) == "sub_2"
    assert subscription_of({"subscription": None}) == ""


def test_nobody_stands_without_a_subscription() -> None:
    assert standing_of([], plan_of=plan_of) is None


@pytest.mark.parametrize("is_first", [True, False])
def test_what_gives_a_plan_counts_and_the_better_one(is_first: bool) -> None:
    ended = subscription("canceled", id="sub_0", created=START + 99)
    live = subscription("past_due", id="sub_2")
    rows = [ended, live] if is_first else [live, ended]
    found = standing_of(rows, plan_of=plan_of)
    assert found is not None
    assert (found.subscription_id, found.others) == ("sub_2", ())
    both = [subscription(id="sub_3"), subscription("trialing", "price_big", id="sub_4")]
    found = standing_of(both if is_first else both[::-1], plan_of=plan_of)
    assert found is not None
    # Somebody pays twice, which staff are told.
    assert (found.subscription_id, found.others) == ("sub_4", ("sub_3",))


@pytest.mark.parametrize(
    ("facts", "is_ending"),
    [
        ({"cancel_at_period_end": True}, True),
        ({"cancel_at": END}, True),
        ({}, False),
        ({"status": "canceled", "cancel_at_period_end": True}, False),
    ],
)
def test_that_it_ends_is_told_in_two_ways(facts: dict[str, Any], is_ending: bool) -> None:
    found = standing_of([subscription(**facts)], plan_of=plan_of)
    assert found is not None
    assert found.is_ending is is_ending


def test_grace_begins_with_the_first_failure() -> None:
    late = subscription("past_due")
    failed_at = datetime.fromtimestamp(END + 7200, UTC)
    second = invoice(id="in_2", status_transitions={"finalized_at": END + 2_600_000})
    found = standing_of(
        [late], plan_of=plan_of, open_invoices=[second, invoice()], failed_at={"in_1": failed_at}
    )
    assert found is not None
    assert (found.grace_ends_at, found.failed_invoice) == (failed_at + GRACE, "in_1")
    # Its event was lost: the invoice was tried when it was final.
    found = standing_of([late], plan_of=plan_of, open_invoices=[invoice()])
    assert found is not None
    assert found.grace_ends_at == datetime.fromtimestamp(END + 3600, UTC) + GRACE
    # Another's, a paid one, one that was never tried.
    others = [
        invoice(parent={"subscription_details": {"subscription": "sub_9"}}),
        invoice(status="paid"),
        invoice(attempted=False),
    ]
    found = standing_of([late], plan_of=plan_of, open_invoices=others)
    assert found is not None
    assert found.failed_invoice == ""
    assert found.grace_ends_at == datetime.fromtimestamp(START, UTC) + GRACE


def test_only_who_is_late_has_grace() -> None:
    found = standing_of([subscription()], plan_of=plan_of, open_invoices=[invoice()])
    assert found is not None
    assert (found.grace_ends_at, found.failed_invoice) == (None, "")


def test_a_price_of_somebody_elses_is_no_plan() -> None:
    found = standing_of([subscription(price="price_of_a_shirt")], plan_of=plan_of)
    assert found is not None
    assert (found.plan, found.price_id) == (None, "price_of_a_shirt")
    assert found.status == SubscriptionStatus.ACTIVE


@pytest.mark.parametrize("is_first", [True, False])
def test_what_is_sold_beside_a_plan_does_not_hide_it(is_first: bool) -> None:
    held = subscription()
    (item,) = held["items"]["data"]
    shirt = {**item, "id": "si_2", "price": {"id": "price_of_a_shirt"}}
    held["items"]["data"] = [shirt, item] if is_first else [item, shirt]
    found = standing_of([held], plan_of=plan_of)
    assert found is not None
    assert (found.plan, found.price_id, found.interval) == (PlanName.PRO, "price_pro", "month")


def test_what_was_written_off_long_ago_takes_nothing_from_the_grace() -> None:
    long_ago = {"id": "in_0", "status_transitions": {"finalized_at": START - 10_000_000}}
    invoices = [invoice(), invoice(status="uncollectible", **long_ago)]
    late = subscription("past_due", latest_invoice="in_1")
    found = standing_of([late], plan_of=plan_of, open_invoices=invoices)
    assert found is not None
    assert found.grace_ends_at == datetime.fromtimestamp(END + 3600, UTC) + GRACE
    # The latest one counts, also where nobody expects it to be paid any more.
    written_off = [invoice(status="uncollectible")]
    for latest in ("in_1", {"id": "in_1"}):
        late = subscription("past_due", latest_invoice=latest)
        again = standing_of([late], plan_of=plan_of, open_invoices=written_off)
        assert again is not None
        assert (again.failed_invoice, again.grace_ends_at) == ("in_1", found.grace_ends_at)
