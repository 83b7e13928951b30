"""What staff may do about plans: work on an event again, see to an alert, read, compare."""

from typing import Any

import pytest
import stripe
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from billing.models import BillingAccount, BillingAlert, InboxEvent, Reconciliation
from huntaze.launch.ports import free_port
from tests.billing.shop import Shop
from tests.factories import make_account, make_inbox_event

EVENTS = "/admin/billing/inboxevent/"
ALERTS = "/admin/billing/billingalert/"
ACCOUNTS = "/admin/billing/billingaccount/"
COMPARE = "/admin/billing/reconciliation/compare/"


@pytest.fixture
def staff(sam: User, client: Client) -> Client:
    """Sam's window, who may do everything."""
    client.force_login(sam)
    return client


def _looks_only(sam: User, client: Client, *codenames: str) -> Client:
    """Sam, who may see these and change none of them."""
    User.objects.filter(pk=sam.pk).update(is_superuser=False)
    sam.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(User.objects.get(pk=sam.pk))
    return client


def _page(client: Client, address: str, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def _pressed(client: Client, address: str) -> str:
    """What the page says that a button leads back to."""
    response = client.post(address, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def _count(client: Client, address: str, **query: str) -> int:
    return int(client.get(address, query).context["cl"].result_count)


def _jobs(name: str) -> int:
    return ProcrastinateJob.objects.filter(task_name=name).count()


def _again(event: InboxEvent) -> str:
    return f"{EVENTS}{event.pk.replace('_', '_5F')}/again/"


@pytest.mark.parametrize(
    "query",
    [
        {"status__exact": "DEAD"},
        {"type": "charge.refunded"},
        {"is_live__exact": "1"},
        {"q": "evt_dead"},
        {"q": "ch_1"},
        {"q": "cus_1"},
    ],
)
def test_each_filter_of_the_inbox_finds_its_one(staff: Client, query: dict[str, str]) -> None:
    make_inbox_event("evt_done", status="DONE")
    facts = {"type": "charge.refunded", "subject_id": "ch_1", "customer_id": "cus_1"}
    make_inbox_event("evt_dead", is_live=True, **facts)
    assert _count(staff, EVENTS) == 2
    assert _count(staff, EVENTS, **query) == 1
    assert _count(staff, EVENTS, type="a\0b") == 0


def test_staff_have_a_dead_event_worked_on_again(
    staff: Client, sam: User, django_capture_on_commit_callbacks: Any
) -> None:
    event = make_inbox_event("evt_dead", attempts=16, outcome="StripeAway")
    address = _again(event)
    assert address in _page(staff, address.replace("again", "change"))
    with django_capture_on_commit_callbacks(execute=True):
        assert "It is being worked on again." in _pressed(staff, address)
    event.refresh_from_db()
    assert (event.status, event.attempts, event.outcome) == ("RECEIVED", 0, "")
    assert _jobs("billing.work_inbox") == 1
    assert LogEntry.objects.get().user == sam
    # It waits: there is nothing more to press.
    assert "It waits to be worked on already." in _pressed(staff, address)
    assert address not in _page(staff, address.replace("again", "change"))


def test_staff_have_many_events_worked_on_again(staff: Client) -> None:
    events = [make_inbox_event(f"evt_{number}") for number in range(3)]
    events.append(make_inbox_event("evt_waiting", status="RECEIVED"))
    form = {"action": "work_again", "_selected_action": [event.pk for event in events]}
    page = staff.post(EVENTS, form, follow=True).content.decode()
    assert "3 events are being worked on again." in page
    assert set(InboxEvent.objects.values_list("status", flat=True)) == {"RECEIVED"}


def test_a_payload_is_text_and_keeps_its_secrets(alice: User, staff: Client) -> None:
    account = make_account(alice)
    payload = '{"data": {"name": "<script>alert(1)</script>", "client_secret": "pi_1_secret_2"},'
    payload += ' "key": "sk_test_3", "secret": null}'
    event = make_inbox_event("evt_1", payload=payload, customer_id=account.stripe_customer_id)
    page = _page(staff, _again(event).replace("again", "change"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page
    assert "pi_1_secret_2" not in page
    assert "sk_test_3" not in page
    assert f"{ACCOUNTS}{alice.pk}/change/" in page


@pytest.mark.parametrize("payload", ["", "{", "[" * 100_000, '"a"', "7", "null"])
def test_any_payload_can_be_looked_at(staff: Client, payload: str) -> None:
    event = make_inbox_event("evt_1", payload=payload)
    assert 'class="payload"' in _page(staff, _again(event).replace("again", "change"))


def test_open_alerts_come_first_and_are_seen_to(alice: User, staff: Client, sam: User) -> None:
    account = make_account(alice)
    first, second = (
        BillingAlert.objects.create(kind="DISPUTE", about=f"du_{number}", account=account)
        for number in range(2)
    )
    assert "It is noted as seen to." in _pressed(staff, f"{ALERTS}{second.pk}/resolve/")
    second.refresh_from_db()
    assert (second.resolved_by, bool(second.resolved_at)) == (sam, True)
    assert list(staff.get(ALERTS).context["cl"].result_list) == [first, second]
    assert _count(staff, ALERTS, state="open") == 1
    assert _count(staff, ALERTS, state="closed") == 1
    assert "It was seen to already." in _pressed(staff, f"{ALERTS}{second.pk}/resolve/")
    form = {"action": "resolve", "_selected_action": [str(first.pk), str(second.pk)]}
    page = staff.post(ALERTS, form, follow=True).content.decode()
    assert "1 alert is noted as seen to." in page
    assert not BillingAlert.objects.filter(resolved_at=None).exists()


def test_an_alert_of_a_dead_event_leads_to_it(staff: Client) -> None:
    event = make_inbox_event("evt_dead")
    row = BillingAlert.objects.create(kind="DEAD_EVENT", about=event.pk)
    address = f"{EVENTS}?id__exact=evt_dead"
    assert address in _page(staff, f"{ALERTS}{row.pk}/change/")
    assert _count(staff, address) == 1


def test_without_a_key_nothing_is_read_and_nothing_compared(alice: User, staff: Client) -> None:
    account = make_account(alice)
    page = _pressed(staff, f"{ACCOUNTS}{account.pk}/read/")
    assert "Payments are not configured on this server: nothing was read." in page
    assert "Payments are not configured on this server." in _pressed(staff, COMPARE)
    assert _jobs("billing.reconcile") == 0


def test_staff_hear_that_stripe_is_away(
    alice: User, staff: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make_account(alice, status="ACTIVE", plan="PRO")
    settings.STRIPE_TEST_SECRET_KEY = "sk_test_away"
    monkeypatch.setattr(stripe, "api_base", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr(stripe, "max_network_retries", 0)
    page = _pressed(staff, f"{ACCOUNTS}{account.pk}/read/")
    assert "Stripe does not answer just now." in page
    account.refresh_from_db()
    assert (account.status, account.applied_read) == ("ACTIVE", 0)
    assert not LogEntry.objects.exists()


def test_who_never_bought_anything_is_not_read(alice: User, staff: Client) -> None:
    account = make_account(alice, stripe_customer_id=None)
    address = f"{ACCOUNTS}{account.pk}/read/"
    assert address not in _page(staff, address.replace("read", "change"))
    assert "They have no customer at Stripe." in _pressed(staff, address)


def test_staff_read_somebody_from_stripe_again(alice: User, staff: Client, shop: Shop) -> None:
    shop.subscribe(alice)
    address = f"{ACCOUNTS}{alice.pk}/read/"
    page = _pressed(staff, address)
    assert "Read from Stripe, and changed: " in page
    assert shop.account(alice).told_plan == "PRO"
    assert "Read from Stripe: nothing differed." in _pressed(staff, address)
    assert LogEntry.objects.count() == 2


def test_staff_have_everything_compared(staff: Client, settings: Any) -> None:
    settings.STRIPE_TEST_SECRET_KEY = "sk_test_1"
    assert COMPARE in _page(staff, COMPARE.replace("compare/", ""))
    assert "The comparison begins" in _pressed(staff, COMPARE)
    assert "A comparison waits for its turn already." in _pressed(staff, COMPARE)
    assert _jobs("billing.reconcile") == 1


@pytest.fixture
def buttons(alice: User) -> list[str]:
    """Every one."""
    account = make_account(alice)
    alert = BillingAlert.objects.create(kind="DISPUTE", about="du_1", account=account)
    return [
        _again(make_inbox_event("evt_dead")),
        f"{ALERTS}{alert.pk}/resolve/",
        f"{ACCOUNTS}{account.pk}/read/",
        COMPARE,
    ]


def test_who_may_only_look_presses_nothing(
    sam: User, client: Client, buttons: list[str], settings: Any
) -> None:
    settings.STRIPE_TEST_SECRET_KEY = "sk_test_1"
    models = ("inboxevent", "billingalert", "billingaccount", "reconciliation")
    window = _looks_only(sam, client, *(f"view_{name}" for name in models))
    for address in buttons:
        assert window.post(address).status_code == 403
        shown = address.replace("compare/", "")
        for name in ("again", "resolve", "read"):
            shown = shown.replace(f"{name}/", "change/")
        assert address not in _page(window, shown)
    window.post(EVENTS, {"action": "work_again", "_selected_action": ["evt_dead"]})
    alerts = [str(row.pk) for row in BillingAlert.objects.all()]
    window.post(ALERTS, {"action": "resolve", "_selected_action": alerts})
    assert InboxEvent.objects.get().status == "DEAD"
    assert BillingAlert.objects.get().resolved_at is None
    assert not Reconciliation.objects.exists()
    assert _jobs("billing.reconcile") == 0


def test_a_button_is_pressed_by_post_by_staff_about_what_is_there(
    alice: User, sam: User, client: Client, buttons: list[str]
) -> None:
    for address in buttons:
        response = client.post(address, follow=True)
        assert response.redirect_chain[-1][0].startswith("/auth/signin")
    client.force_login(alice)
    for address in buttons:
        assert client.post(address, follow=True).status_code == 403
    client.force_login(sam)
    for address in buttons:
        assert client.get(address).status_code == 405
    for address in (f"{EVENTS}evt_none/again/", f"{ACCOUNTS}{sam.pk}/read/", f"{ALERTS}1/resolve/"):
        assert client.post(address).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(sam)
    for address in buttons:
        assert strict.post(address).status_code == 403
    assert BillingAccount.objects.get(pk=alice.pk).read_count == 0
