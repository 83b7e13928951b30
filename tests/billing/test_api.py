"""`/billing/plans` and `/billing/subscription`."""

from typing import Any

from django.test import Client

from accounts.models import User
from tests.envelope import assert_error


def test_the_catalogue_is_public(client: Client, db: None) -> None:
    plans = {plan["name"]: plan for plan in client.get("/api/billing/plans").json()["plans"]}
    assert list(plans) == ["FREE", "PRO", "ENTERPRISE"]
    assert plans["PRO"] == {
        "name": "PRO",
        "monthlyPriceUsd": "29.00",
        "yearlyPriceUsd": "290.00",
        "generations": 2000,
        "spendUsd": "15.00",
        "allowsFull": True,
        "storageBytes": 5 * 1024**3,
        "apiRequestsPerMinute": 300,
        "aiRequestsPerMinute": 30,
    }
    assert plans["ENTERPRISE"]["generations"] is None


def test_a_grant_is_a_plan_without_a_subscription(alice: User, bob: User, api_client: Any) -> None:
    for user, plan in ((alice, "FREE"), (bob, "PRO")):
        assert api_client(user).get("/api/billing/subscription").json() == {
            "plan": plan,
            "status": None,
            "interval": None,
            "currentPeriodStart": None,
            "currentPeriodEnd": None,
            "cancelAtPeriodEnd": False,
        }


def test_nobody_has_no_subscription(client: Client, db: None) -> None:
    assert_error(client.get("/api/billing/subscription"), 401, "unauthorized")
