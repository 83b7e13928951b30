"""A customer's whole story on one page."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from djstripe import models as mirrored

from accounts.models import User
from billing.models import BillingAccount, BillingAlert, PlanChange
from billing.plans import PlanName
from billing.services import grant_plan
from tests.factories import make_billing_story, make_inbox_event

ACCOUNTS = "/admin/billing/billingaccount/"
LISTS = (
    "billingalert/?account__exact={pk}",
    "checkoutattempt/?account__exact={pk}",
    "drift/?account__exact={pk}",
    "planchange/?user__id__exact={pk}",
    "plangrant/?user__id__exact={pk}",
    "billingnotice/?user__id__exact={pk}",
    "inboxevent/?customer_id__exact=cus_alice",
)


@pytest.fixture
def staff(sam: User, client: Client) -> Client:
    """Sam's window."""
    client.force_login(sam)
    return client


@pytest.fixture
def account(alice: User, bob: User) -> BillingAccount:
    """Alice's, with one of everything; Bob's is there, too."""
    make_billing_story(bob)
    grant_plan(by=None, user=alice, plan=PlanName.PRO, reason="a prize of ours")
    return make_billing_story(alice)


def _invoice(number: str, **facts: Any) -> None:
    customer, _is_new = mirrored.Customer.objects.get_or_create(id="cus_alice")
    told = {"id": f"in_{number}", "number": number, "status": "paid", "currency": "usd", **facts}
    at = datetime(2026, 5, 4, tzinfo=UTC)
    mirrored.Invoice.objects.create(
        id=f"in_{number}", customer=customer, stripe_data=told, created=at
    )


def _page(client: Client, account: BillingAccount) -> str:
    response = client.get(f"{ACCOUNTS}{account.pk}/change/")
    assert response.status_code == 200
    return response.content.decode()


def test_everything_is_there_with_a_way_to_its_list(account: BillingAccount, staff: Client) -> None:
    page = _page(staff, account)
    for said in (
        "A payment is disputed",
        "a prize of ours",
        "Bought, changed or resumed",
        "Confirmation",
        "Given up",
        "Plan paid for: PRO → -",
        "texts written",
    ):
        assert said.lower() in page.lower(), said
    assert "cus_bob" not in page
    assert "bob@" not in page
    for address in LISTS:
        link = f"/admin/billing/{address.format(pk=account.pk)}"
        assert link in page
        found = staff.get(link)
        # Alice's alone, and the filter is one that the list takes.
        assert found.status_code == 200
        assert found.context["cl"].result_count == found.context["cl"].queryset.count() >= 1
        assert "bob@" not in found.content.decode()


def test_invoices_lead_to_stripe_over_https_alone(account: BillingAccount, staff: Client) -> None:
    address = "https://invoice.stripe.com/i/1"
    _invoice("H-1", total=2_900, hosted_invoice_url=address, invoice_pdf="javascript:alert(1)")
    _invoice("H-2", total=1_234, currency="jpy", hosted_invoice_url="http://stripe.example/2")
    page = _page(staff, account)
    for said in ("H-1", "$29.00", "Paid", f'href="{address}"', "1,234", "JPY"):
        assert said in page
    assert "javascript:" not in page
    assert "http://stripe.example" not in page
    assert staff.get("/admin/djstripe/invoice/?customer__id__exact=cus_alice").context[
        "cl"
    ].result_count == (2)


def test_who_may_not_see_a_kind_does_not_see_it_here(
    account: BillingAccount, sam: User, client: Client
) -> None:
    User.objects.filter(pk=sam.pk).update(is_superuser=False)
    sam.user_permissions.set(
        Permission.objects.filter(codename__in=("view_billingaccount", "view_planchange"))
    )
    client.force_login(User.objects.get(pk=sam.pk))
    page = _page(client, account)
    assert "Bought, changed or resumed" in page
    for hidden in ("story-plangrant", "A payment is disputed", "texts written"):
        assert hidden not in page


def test_a_long_story_takes_as_many_queries_as_a_short_one(
    account: BillingAccount, alice: User, staff: Client
) -> None:
    _page(staff, account)
    counts = []
    for more in range(2):
        for number in range(12 * more):
            make_inbox_event(f"evt_{number}", customer_id="cus_alice")
            BillingAlert.objects.create(kind="DISPUTE", about=f"d{number}", account=account)
            PlanChange.objects.create(user=alice, from_plan="PRO", to_plan="FREE", why="PAYMENT")
            grant_plan(by=None, user=alice, plan=PlanName.PRO, reason="again")
            _invoice(f"H-{number}", total=100)
        with CaptureQueriesContext(connection) as queries:
            page = _page(staff, account)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert page.count("/admin/billing/inboxevent/evt_5F") == 10
    assert '"payload"' not in str([query["sql"] for query in queries])


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"q": "alice@"}, 1),
        ({"q": "cus_alice"}, 1),
        ({"q": "cus_ali"}, 0),
        ({"status__exact": "PAST_DUE"}, 1),
        ({"grace": "closed"}, 1),
        ({"grace": "open"}, 1),
        ({"is_ending__exact": "1"}, 1),
        ({"told_plan__exact": "PRO"}, 2),
    ],
)
def test_accounts_are_found(
    account: BillingAccount, staff: Client, query: dict[str, str], count: int
) -> None:
    account.status, account.is_ending = "PAST_DUE", True
    account.grace_ends_at = datetime(2026, 5, 4, tzinfo=UTC)
    account.save()
    assert staff.get(ACCOUNTS, query).context["cl"].result_count == count
