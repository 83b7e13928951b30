"""Plans that staff give by hand: services, constraints, admin."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.entitlements import entitlements
from billing.models import PlanGrant
from billing.plans import PlanName
from billing.services import GrantRefused, grant_plan, revoke_grant


def test_a_grant_replaces_the_one_before(alice: User, sam: User) -> None:
    first = grant_plan(by=sam, user=alice, plan=PlanName.PRO, reason="a prize")
    second = grant_plan(by=sam, user=alice, plan=PlanName.ENTERPRISE, reason="a bigger prize")
    first.refresh_from_db()
    assert first.ends_at == second.starts_at
    assert entitlements(alice).plan.name == "ENTERPRISE"
    assert [each.plan for each in PlanGrant.objects.in_force()] == ["ENTERPRISE"]


def test_a_grant_is_somebodys_alone(alice: User, bob: User, sam: User) -> None:
    grant_plan(by=sam, user=alice, plan=PlanName.ENTERPRISE, reason="a prize")
    assert entitlements(bob).plan.name == "PRO"


def test_a_grant_ends(alice: User, sam: User) -> None:
    grant = grant_plan(by=sam, user=alice, plan=PlanName.PRO, reason="a prize")
    revoke_grant(by=sam, grant=grant)
    assert entitlements(alice).plan.name == "FREE"
    grant.refresh_from_db()
    ended_at = grant.ends_at
    revoke_grant(by=sam, grant=grant)
    grant.refresh_from_db()
    assert grant.ends_at == ended_at


@pytest.mark.parametrize(
    ("reason", "ends_in_hours"), [("", None), ("  ", None), ("x", 0), ("x", -1)]
)
def test_a_grant_that_makes_no_sense_is_refused(
    alice: User, sam: User, reason: str, ends_in_hours: float | None
) -> None:
    ends_at = ends_in_hours and timezone.now() + timedelta(hours=ends_in_hours)
    if ends_in_hours == 0:
        ends_at = timezone.now()
    with pytest.raises(GrantRefused):
        grant_plan(by=sam, user=alice, plan=PlanName.PRO, reason=reason, ends_at=ends_at or None)
    assert not PlanGrant.objects.exists()


def test_the_database_refuses_a_grant_that_ends_before_it_starts(alice: User) -> None:
    now = timezone.now()
    facts = {"user": alice, "plan": "PRO", "reason": "x", "starts_at": now}
    with pytest.raises(IntegrityError, match="billing_grant_ends_after_start"):
        PlanGrant.objects.create(**facts, ends_at=now - timedelta(seconds=1))


def test_the_database_refuses_an_unknown_plan(alice: User) -> None:
    with pytest.raises(IntegrityError, match="billing_grant_plan_known"):
        PlanGrant.objects.create(user=alice, plan="GOLD", reason="x", starts_at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_grants_at_once_one_stands(alice: User) -> None:
    failures: list[BaseException] = []

    def give() -> None:
        try:
            grant_plan(by=None, user=alice, plan=PlanName.PRO, reason="a race")
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=give) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert PlanGrant.objects.count() == 12
    assert PlanGrant.objects.in_force().count() == 1


def test_staff_grant_a_plan_in_the_admin(alice: User, sam: User, client: Client) -> None:
    client.force_login(sam)
    form: dict[str, Any] = {"user": alice.pk, "plan": "PRO", "reason": "a prize"}
    form |= {"ends_at_0": "2999-01-01", "ends_at_1": "12:00:00"}
    response = client.post("/admin/billing/plangrant/add/", form)
    assert response.status_code == 302, response.content.decode()[:3000]
    grant = PlanGrant.objects.get()
    assert (grant.user, grant.plan, grant.granted_by) == (alice, "PRO", sam)
    assert entitlements(alice).plan.name == "PRO"


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"reason": "   "},
        {"plan": "GOLD"},
        {"user": ""},
        {"ends_at_0": "2001-01-01", "ends_at_1": "12:00"},
    ],
)
def test_the_admin_refuses_in_words(
    alice: User, sam: User, client: Client, wrong: dict[str, str]
) -> None:
    client.force_login(sam)
    form = {"user": alice.pk, "plan": "PRO", "reason": "a prize", **wrong}
    response = client.post("/admin/billing/plangrant/add/", form)
    assert response.status_code == 200
    assert b"errorlist" in response.content
    assert not PlanGrant.objects.exists()


def test_staff_end_grants_in_the_admin(bob: User, sam: User, client: Client) -> None:
    client.force_login(sam)
    grant = PlanGrant.objects.get(user=bob)
    form = {"action": "end_now", "_selected_action": [str(grant.pk)]}
    assert client.post("/admin/billing/plangrant/", form).status_code == 302
    assert entitlements(bob).plan.name == "FREE"
