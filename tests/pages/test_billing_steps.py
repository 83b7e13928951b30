"""What can be done on the page of plans, and what it says meanwhile."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from djstripe.models import Invoice
from procrastinate.contrib.django.models import ProcrastinateJob

from billing import tasks
from billing.entitlements import entitlements
from billing.models import CheckoutAttempt
from tests.pages.plan_page import buttons, said, words

NOT_CONFIGURED = "Payments are not configured on this server"
WAITING = "Your payment is with Stripe; your plan changes as soon as it tells us."
BUY = {"plan": "PRO", "interval": "month"}


def test_what_is_owed_can_be_paid_at_once(signed_in, subscriber, shop):
    subscription = shop.stripe.get(shop.account(subscriber).subscription_id)
    shop.stripe.fail_renewal(subscription)
    shop.hear()
    owed = Invoice.objects.exclude(stripe_data__status="paid").get()
    owed.stripe_data |= {"hosted_invoice_url": "https://invoice.stripe.com/owed"}
    owed.save()
    response = signed_in(subscriber).get("/billing")
    assert 'href="https://invoice.stripe.com/owed"' in response.content.decode()
    assert "Pay now" in words(response, "plan-steps")
    assert "Payment failed" in words(response, "plan-receipts")


# Buying, changing, ending.


def test_buying_leads_to_stripe(signed_in, alice, shop):
    response = signed_in(alice).post("/billing/checkout", BUY)
    assert response.status_code == 303
    assert response.url.startswith(f"{shop.stripe.url}/pay/cs_")
    attempt = CheckoutAttempt.objects.get()
    assert (attempt.account_id, attempt.plan, attempt.interval) == (alice.pk, "PRO", "month")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("checkout", {}),
        ("checkout", {"plan": "PRO"}),
        ("checkout", {"plan": "FREE", "interval": "month"}),
        ("checkout", {"plan": "PRO", "interval": "week"}),
        ("portal", {"plan": "GOLD"}),
        ("portal", {"plan": "PRO", "interval": "week"}),
        ("ending", {}),
        ("ending", {"is_ending": "perhaps"}),
    ],
)
def test_what_makes_no_sense_is_refused_in_place(signed_in, alice, shop, path, form):
    response = signed_in(alice).post(f"/billing/{path}", form)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert shop.stripe.requests == []


def test_a_subscriber_buys_no_second_one(signed_in, subscriber, shop):
    response = signed_in(subscriber).post("/billing/checkout", BUY)
    assert response.status_code == 409
    assert "You have a subscription already." in words(response)


def test_what_is_not_sold_is_said(signed_in, alice, shop, settings):
    settings.STRIPE_PRICE_IDS = {}
    response = signed_in(alice).post("/billing/checkout", BUY)
    assert response.status_code == 503
    assert "This plan is not sold here." in words(response)


def test_without_a_key_nothing_is_bought(signed_in, alice):
    for path, form in (("checkout", BUY), ("portal", {}), ("ending", {"is_ending": "1"})):
        response = signed_in(alice).post(f"/billing/{path}", form)
        assert response.status_code == 503
        assert "Payments are not configured on this server." in words(response)


def test_stripe_away_is_said_where_the_eye_is(signed_in, alice, shop):
    shop.stripe.is_down = True
    response = signed_in(alice).post("/billing/checkout", BUY)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    alert = words(response).index("The payment service does not answer. Try again in a minute.")
    assert alert < words(response).index("You are on the")
    shop.stripe.is_down = False
    assert signed_in(alice).post("/billing/checkout", BUY).status_code == 303


def test_the_portal(signed_in, subscriber, alice, shop):
    response = signed_in(subscriber).post("/billing/portal")
    assert response.status_code == 303
    assert response.url.startswith(f"{shop.stripe.url}/portal/")


def test_who_has_nothing_manages_nothing(signed_in, alice, shop):
    for path, form in (("portal", {}), ("ending", {"is_ending": "1"})):
        response = signed_in(alice).post(f"/billing/{path}", form)
        assert response.status_code == 409
        assert "You have not bought anything yet." in words(response)


def test_another_plan_is_confirmed_in_the_portal(signed_in, subscriber, shop):
    form = {"plan": "ENTERPRISE", "interval": "year"}
    response = signed_in(subscriber).post("/billing/portal", form)
    assert response.status_code == 303
    params = shop.stripe.requests[-1][2]
    change = params["flow_data"]["subscription_update_confirm"]
    assert change["subscription"] == shop.account(subscriber).subscription_id
    assert change["items"][0]["price"] == shop.price("ENTERPRISE", "year")


def test_ending_and_going_on(signed_in, subscriber, shop):
    client = signed_in(subscriber)
    response = client.post("/billing/ending", {"is_ending": "1"}, follow=True)
    end = shop.account(subscriber).period_end
    assert response.redirect_chain == [("/billing", 302)]
    assert "Cancelled. You keep the plan until its end." in response.content.decode()
    assert f"It is cancelled and ends on {said(end)}." in words(response, "plan-head")
    assert "You are on the Pro plan" in words(response)
    response = client.post("/billing/ending", {"is_ending": "0"}, follow=True)
    assert "The plan goes on." in response.content.decode()
    assert "The next payment is on" in words(response, "plan-head")


def test_posts_alone_and_with_a_token(alice, shop):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in ("checkout", "portal", "ending"):
        assert client.get(f"/billing/{path}").status_code == 405
        assert client.post(f"/billing/{path}", BUY).status_code == 403
    assert shop.stripe.requests == []


def test_nobody_is_sent_to_sign_in(client, shop):
    for path in ("checkout", "portal", "ending"):
        response = client.post(f"/billing/{path}", BUY)
        assert response.url == f"/auth/signin?next=/billing/{path}"
    assert shop.stripe.requests == []


# Coming back from paying.


def test_whoever_has_paid_waits_for_stripe(signed_in, alice, charlie, shop):
    signed_in(alice).post("/billing/checkout", BUY)
    session = CheckoutAttempt.objects.get().session_id
    address = f"/billing?checkout={session}"
    response = signed_in(alice).get(address)
    page = response.content.decode()
    assert WAITING in words(response, "plan-head")
    assert f'<a href="{address}">Look again</a>' in page
    assert page.index('aria-live="polite"') < page.index('id="plan-head"') < page.index(WAITING)
    # Nobody pays twice while they wait, and the page has granted nothing.
    assert buttons(response) == []
    assert "You are on the Free plan" in words(response)
    assert WAITING not in words(signed_in(charlie).get(address))
    shop.stripe.pay(session)
    assert WAITING in words(signed_in(alice).get(address))
    shop.hear()
    response = signed_in(alice).get(address)
    assert WAITING not in words(response)
    assert "You are on the Pro plan" in words(response)


def test_an_event_that_is_lost_is_asked_for(signed_in, alice, shop):
    signed_in(alice).post("/billing/checkout", BUY)
    session = CheckoutAttempt.objects.get().session_id
    shop.stripe.pay(session)
    for _ in range(3):
        assert signed_in(alice).get(f"/billing?checkout={session}").status_code == 200
    (job,) = ProcrastinateJob.objects.filter(task_name="billing.read_account")
    assert timedelta(0) < job.scheduled_at - timezone.now() <= timedelta(seconds=20)
    assert entitlements(alice).plan.name == "FREE"
    assert tasks.read_account(user_id=job.args["user_id"])
    assert "You are on the Pro plan" in words(signed_in(alice).get(f"/billing?checkout={session}"))


def test_the_plan_ends_the_waiting_before_the_session_is_closed(signed_in, alice, shop):
    signed_in(alice).post("/billing/checkout", BUY)
    session = CheckoutAttempt.objects.get().session_id
    shop.stripe.pay(session)
    shop.hear(*shop.stripe.events_of("customer.subscription.created"))
    assert CheckoutAttempt.objects.get().closed_at is None
    assert WAITING not in words(signed_in(alice).get(f"/billing?checkout={session}"))


def test_an_unknown_session_is_the_plain_page(signed_in, alice, shop):
    for session in ("cs_unknown", "", "\x00", "x" * 5000):
        response = signed_in(alice).get("/billing", {"checkout": session})
        assert response.status_code == 200
        assert WAITING not in words(response)


# Open pages.


def test_regions_carry_what_the_news_tell(signed_in, subscriber, api_client):
    told = api_client(subscriber).get("/api/billing/subscription").json()
    names = ("plan", "status", "interval", "currentPeriodEnd")
    state = " ".join([*(told[name] for name in names), ""])
    page = signed_in(subscriber).get("/billing").content.decode()
    assert page.count(f'data-state="{state}"') == 4
    signed_in(subscriber).post("/billing/ending", {"is_ending": "1"})
    page = signed_in(subscriber).get("/billing").content.decode()
    assert page.count(f'data-state="{state}ends"') == 4


def test_who_never_paid_has_a_state_as_well(signed_in, alice):
    assert 'data-state="FREE    "' in signed_in(alice).get("/billing").content.decode()


def test_it_takes_few_queries(signed_in, subscriber, django_assert_max_num_queries):
    client = signed_in(subscriber)
    client.get("/billing")
    with django_assert_max_num_queries(9) as queries:
        client.get("/billing")
    assert sum("djstripe_invoice" in each["sql"] for each in queries) == 1
