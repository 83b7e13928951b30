"""Our API answers what its description says, whoever asks, whatever is sent."""

import pytest

from accounts.models import User
from api.tokens import issue_token
from billing.plans import PlanName
from billing.services import grant_plan
from billing.sync import account_of, sync_customer
from huntaze.description.views import description
from tests.billing.shop import Shop
from tests.fuzz import people
from tests.fuzz.caller import Caller
from tests.fuzz.conftest import EXAMPLES, WITHOUT_SWEEP
from tests.fuzz.rig import Rig

pytestmark = pytest.mark.fuzz
METHODS = {"get", "post", "patch", "delete"}
WRITTEN_BY_PAGES = {"POST /api/content", "GET /api/content", "GET /api/users/{id}"}
STAFF_ONLY = {"GET /api/users", "POST /api/users"}
# Who is subscribed already manages that in the portal; who is not has nothing to manage.
MANAGING = {"PATCH /api/billing/subscription", "POST /api/billing/portal"}
PUBLIC = {"GET /api/schema", "GET /api/auth/session", "GET /api/billing/plans"}


def operations() -> set[str]:
    """All of them, as schemathesis calls them."""
    paths = description()["paths"].items()
    return {f"{method.upper()} {path}" for path, each in paths for method in METHODS & set(each)}


def ids_of(user: User, *others: str) -> dict[str, list[str]]:
    """What somebody owns, and the people whom they may name."""
    return {
        "content": people.pieces_of(user),
        "generations": people.generations_of(user),
        "people": ["me", str(user.id), *others],
    }


def guests() -> list[people.Guest]:
    """As many as a run may close."""
    return people.guests(30 + EXAMPLES)


def test_owner(rig: Rig, bob: User, charlie: User) -> None:
    caller = Caller(people.by_token(bob), people.by_token(charlie), ids_of(bob), guests())
    caller.fuzz(rig).check(operations() - STAFF_ONLY - MANAGING)
    assert User.objects.filter(pk=bob.pk).exists()


def test_owner_by_cookie(rig: Rig, bob: User) -> None:
    # No limit is lifted for a browser: this plan's is 1,200 a minute.
    grant_plan(by=None, user=bob, plan=PlanName.ENTERPRISE, reason="the test")
    caller = Caller(people.by_cookie(bob), ids=ids_of(bob))
    found = caller.fuzz(rig, *WITHOUT_SWEEP, "--rate-limit", "1000/m")
    found.check(WRITTEN_BY_PAGES)


def test_subscriber(rig: Rig, shop: Shop, bob: User) -> None:
    shop.subscribe(bob)
    sync_customer(str(account_of(bob).stripe_customer_id))
    caller = Caller(people.by_token(bob), ids=ids_of(bob))
    only = ("--include-path-regex", "^/api/billing", "--phases", "examples,fuzzing")
    found = caller.fuzz(rig, *only)
    found.check(MANAGING)


def test_staff(rig: Rig, sam: User) -> None:
    others = [guest.id for guest in guests()]
    caller = Caller(people.by_token(sam), ids=ids_of(sam, *others), guests=guests())
    found = caller.fuzz(rig, "--include-path-regex", "^/api/users", *WITHOUT_SWEEP)
    found.check({name for name in operations() if "/users" in name})
    assert User.objects.filter(pk=sam.pk).exists()


def test_nobody(rig: Rig, bob: User) -> None:
    found = Caller(ids=ids_of(bob)).fuzz(rig, *WITHOUT_SWEEP)
    found.check(PUBLIC)
    assert found.accepted() == PUBLIC


def test_somebody_who_asks_too_much(rig: Rig, alice: User) -> None:
    token = issue_token(user=alice, name="fuzz")
    caller = Caller(people.by_token(alice, token), ids=ids_of(alice))
    found = caller.fuzz(rig, "--phases", "examples,fuzzing", "--warnings", "rate_limited")
    found.check(set())
    assert found.warned("rate_limited")
