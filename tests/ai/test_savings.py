"""Savings are counted over the rows, and are what they are."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from ai.feedback import give_feedback
from ai.ledger.calls import cost_on
from ai.models import Generation, UsagePeriod
from ai.providers.base import Usage
from ai.savings import added_up, figures_of_period, figures_of_site, percent_saved
from ai.usage import usage_of
from tests.factories import make_generation, make_period


def _row(user: User, cost: str, full: str, mini: str, **facts: Any) -> Generation:
    money = {"cost_usd": cost, "cost_if_full_usd": full, "cost_if_mini_usd": mini}
    costs: dict[str, Any] = {name: Decimal(value) for name, value in money.items()}
    return make_generation(user, status="DONE", text="Clay.", **costs, **facts)


@pytest.fixture
def month(alice: User) -> UsagePeriod:
    _row(alice, "0.001", "0.020", "0.001")
    # Escalated: both drafts are paid for.
    _row(alice, "0.022", "0.020", "0.001", tier="full", is_escalated=True)
    _row(
        alice, "0.000", "0.000", "0.000", reused_from_id=alice.pk, cache_saved_usd=Decimal("0.001")
    )
    _row(alice, "0.001", "0.020", "0.001", kind="IDEAS")
    make_generation(alice)
    return UsagePeriod.objects.get(user=alice)


def test_each_kind_and_tier_is_counted_apart(month: UsagePeriod) -> None:
    lines = figures_of_period(month)
    assert [(line.kind, line.tier, line.written, line.reused) for line in lines] == [
        ("IDEAS", "mini", 1, 0),
        ("TEXT", "full", 1, 0),
        ("TEXT", "mini", 1, 1),
    ]
    assert lines[1].routing_usd == Decimal("-0.002")
    assert lines[1].percent == Decimal("-10.0")


def test_all_of_them_are_the_sum(month: UsagePeriod) -> None:
    total = added_up(figures_of_period(month))
    assert (total.written, total.reused, total.escalated) == (3, 1, 1)
    assert total.cost_usd == Decimal("0.024")
    assert total.routing_usd == Decimal("0.036")
    assert total.cache_usd == Decimal("0.001")
    assert total.always_mini_usd == Decimal("0.003")
    assert total.percent == Decimal("60.7")
    assert total.escalation_rate == Decimal("0.3333")
    assert total.accept_rate is None


def test_of_several_verdicts_the_one_that_counts_is_counted(alice: User) -> None:
    first, second, third = (_row(alice, "0.001", "0.020", "0.001") for _ in range(3))
    for row, verdicts in (
        (first, ("rejected", "accepted")),
        (second, ("accepted", "regenerated")),
        (third, ("accepted", "rejected")),
    ):
        for verdict in verdicts:
            give_feedback(by=alice, generation_id=row.id, verdict=verdict)
    (line,) = figures_of_period(first.period)
    assert (line.judged, line.liked, line.accept_rate) == (3, 2, Decimal("0.6667"))


def test_nothing_is_neither_saved_nor_rated(alice: User) -> None:
    total = added_up(figures_of_period(UsagePeriod(user=alice)))
    assert total.percent == 0
    assert total.escalation_rate is None
    assert total.accept_rate is None
    assert percent_saved(Decimal(1), Decimal(0), Decimal(0)) == 0


def test_a_strong_model_that_costs_next_to_nothing_has_a_figure(
    alice: User, api_client: Any
) -> None:
    make_period(alice, spend_used_usd=Decimal(15), cache_saved_usd=Decimal("0.00000001"))
    answer = api_client(alice).get("/api/ai/usage")
    assert answer.status_code == 200
    assert answer.json()["saved"]["percent"] == "-999999.0"


def test_the_site_is_everybody_between_two_moments(alice: User, bob: User) -> None:
    _row(alice, "0.001", "0.020", "0.001")
    _row(bob, "0.001", "0.020", "0.001")
    now = timezone.now()
    of_today = figures_of_site(since=now - timedelta(hours=1), until=now)
    assert added_up(of_today).written == 2
    assert figures_of_site(since=now, until=now + timedelta(hours=1)) == []


def test_figures_take_two_queries(month: UsagePeriod, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        figures_of_period(month)


def test_a_loss_is_shown(alice: User, api_client: Any) -> None:
    make_period(
        alice,
        spend_used_usd=Decimal("0.03"),
        spend_full_usd=Decimal("0.02"),
        spend_mini_usd=Decimal("0.001"),
        cache_saved_usd=Decimal("0.004"),
    )
    body = api_client(alice).get("/api/ai/usage").json()
    assert body["saved"] == {
        "routingUsd": "-0.01000000",
        "cacheUsd": "0.00400000",
        "percent": "-25.0",
    }
    assert body["baselines"] == {"alwaysMiniUsd": "0.00100000", "alwaysFullUsd": "0.02000000"}
    assert (body["escalationRate"], body["acceptRate"], body["byKind"]) == (None, None, [])
    usage = usage_of(alice)
    assert (usage.overspent_usd, usage.routing_percent) == (Decimal("0.01"), Decimal("-50.0"))


def test_rates_and_kinds_over_http(alice: User, month: UsagePeriod, api_client: Any) -> None:
    body = api_client(alice).get("/api/ai/usage").json()
    assert body["escalationRate"] == "0.3333"
    assert [line["kind"] for line in body["byKind"]] == ["IDEAS", "TEXT", "TEXT"]
    assert body["byKind"][1]["costUsd"] == "0.02200000"


@pytest.mark.django_db
@pytest.mark.parametrize(("tier", "cost"), [("mini", "0.0016"), ("full", "0.016"), ("none", "7")])
def test_each_kind_of_token_has_its_own_price_on_the_other_model(
    scripted: Any, settings: Any, tmp_path: Path, tier: str, cost: str
) -> None:
    """What was cached is not counted as fresh elsewhere: that saving would be a claim."""
    mini = {"input": "1", "cachedInput": "0.1", "cacheWrite": "2", "output": "2"}
    full = {name: str(Decimal(each) * 10) for name, each in mini.items()}
    prices = tmp_path / "kinds.json"
    prices.write_text(json.dumps({"fake:mini-1": mini, "fake:full-1": full}))
    settings.AI_PRICES_FILE = str(prices)
    settings.AI_FULL_MODELS = [] if tier == "none" else ["fake:full-1"]
    usage = Usage(100, 1_000, 200, 500)
    assert cost_on("full" if tier == "none" else tier, usage, Decimal(7)) == Decimal(cost)
