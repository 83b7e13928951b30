"""The page of plans: what holds and why, what can be bought, what was paid."""

from datetime import timedelta

import pytest
from django.utils import timezone
from djstripe.models import Invoice

from billing.plans import PlanName
from billing.receipts import receipt_of
from billing.services import grant_plan
from tests.pages.plan_page import account_of, buttons, invoice, said, words

NOT_CONFIGURED = "Payments are not configured on this server"
BUY = {"plan": "PRO", "interval": "month"}


def test_without_a_key_it_says_so_and_sells_nothing(signed_in, alice):
    response = signed_in(alice).get("/billing")
    assert "You are on the Free plan" in words(response, "plan-head")
    assert NOT_CONFIGURED in words(response)
    assert buttons(response) == []


def test_with_a_key_each_plan_can_be_bought(signed_in, alice, shop):
    response = signed_in(alice).get("/billing")
    assert NOT_CONFIGURED not in words(response)
    assert buttons(response) == [
        "Buy Pro, monthly",
        "Buy Pro, yearly",
        "Buy Enterprise, monthly",
        "Buy Enterprise, yearly",
    ]


def test_what_has_no_price_has_no_button(signed_in, alice, shop, settings):
    settings.STRIPE_PRICE_IDS = {("PRO", "year"): shop.price("PRO", "year"), ("PRO", "month"): ""}
    response = signed_in(alice).get("/billing")
    assert buttons(response) == ["Buy Pro, yearly"]
    settings.STRIPE_PRICE_IDS = {}
    response = signed_in(alice).get("/billing")
    assert buttons(response) == []
    assert NOT_CONFIGURED not in words(response)


def test_a_grant_says_until_when(signed_in, alice, bob):
    assert "It was given to you, without an end." in words(signed_in(bob).get("/billing"))
    end = timezone.now() + timedelta(days=3)
    grant_plan(by=None, user=alice, plan=PlanName.PRO, reason="a prize", ends_at=end)
    assert f"holds until {said(end)}" in words(signed_in(alice).get("/billing"))


def test_who_pays_for_less_than_was_given_is_told_of_both(signed_in, alice, shop):
    account_of(alice, "ACTIVE")
    grant_plan(by=None, user=alice, plan=PlanName.ENTERPRISE, reason="a prize")
    head = words(signed_in(alice).get("/billing"), "plan-head")
    assert "You are on the Enterprise plan" in head
    assert "You pay for the Pro plan as well. Paid monthly." in head


STATES = [
    ("ACTIVE", {}, "Paid monthly. The next payment is on {end}."),
    ("ACTIVE", {"interval": "year"}, "Paid yearly. The next payment is on {end}."),
    ("ACTIVE", {"is_ending": True}, "It is cancelled and ends on {end}."),
    ("ACTIVE", {"plan": ""}, "You pay a price that is none of ours"),
    ("TRIALING", {"trial": True}, "Your trial ends on {end}. From then on it is paid monthly."),
    (
        "TRIALING",
        {"trial": True, "interval": "year"},
        "Your trial ends on {end}. From then on it is paid yearly.",
    ),
    (
        "TRIALING",
        {"trial": True, "is_ending": True},
        "It is cancelled: the trial ends on {end}, and nothing is charged.",
    ),
    ("PAST_DUE", {"grace": 1}, "You keep the Pro plan until {grace}; pay by then"),
    ("PAST_DUE", {"grace": -1}, "A payment did not go through, so the Pro plan rests."),
    ("UNPAID", {}, "The last invoices are not paid, so the Pro plan rests."),
    ("PAUSED", {}, "Your subscription is paused, so the Pro plan rests"),
    ("INCOMPLETE", {}, "A payment is not complete yet. The Pro plan begins when it is."),
    ("CANCELED", {}, "Your subscription has ended, and nothing more is charged."),
]
ENDS, RENEWS, PORTAL = "Cancel at the end of the period", "Renew", "Cards and invoices"
CHANGES = ["Change to Pro, yearly", "Change to Enterprise, monthly", "Change to Enterprise, yearly"]
BUYS = [f"Buy {plan}, {often}" for plan in ("Pro", "Enterprise") for often in ("monthly", "yearly")]


@pytest.mark.parametrize(("status", "facts", "sentence"), STATES)
def test_each_state_is_said(signed_in, alice, shop, status, facts, sentence):
    facts = dict(facts)
    grace = timezone.now() + timedelta(days=facts.pop("grace", 0))
    end = timezone.now() + timedelta(days=10)
    facts |= {"trial_ends_at": end} if facts.pop("trial", False) else {}
    account_of(alice, status, grace_ends_at=grace, **facts)
    response = signed_in(alice).get("/billing")
    gives = status in {"ACTIVE", "TRIALING"} or grace > timezone.now()
    plan = "Pro" if gives and facts.get("plan", "PRO") else "Free"
    head = words(response, "plan-head")
    assert f"You are on the {plan} plan" in head
    assert sentence.format(end=said(end), grace=said(grace)) in head


@pytest.mark.parametrize(
    ("status", "facts", "shown"),
    [
        ("ACTIVE", {}, [ENDS, PORTAL, *CHANGES]),
        ("ACTIVE", {"is_ending": True}, [RENEWS, PORTAL]),
        ("TRIALING", {}, [ENDS, PORTAL, *CHANGES]),
        ("PAST_DUE", {}, [ENDS, PORTAL]),
        ("UNPAID", {}, [PORTAL]),
        ("PAUSED", {}, [PORTAL]),
        ("INCOMPLETE", {}, [PORTAL, *BUYS]),
        ("CANCELED", {}, [PORTAL, *BUYS]),
    ],
)
def test_each_state_has_its_buttons(signed_in, alice, shop, status, facts, shown):
    account_of(alice, status, **facts)
    assert buttons(signed_in(alice).get("/billing")) == shown


def test_without_a_key_a_subscription_is_shown_and_not_changed(signed_in, alice):
    account_of(alice, "ACTIVE")
    response = signed_in(alice).get("/billing")
    assert "Paid monthly." in words(response)
    assert buttons(response) == []


def test_a_period_that_is_over_promises_no_payment(signed_in, alice, shop):
    account_of(alice, "ACTIVE", period_end=timezone.now() - timedelta(hours=1))
    assert "The next payment" not in words(signed_in(alice).get("/billing"))


def test_the_trial_is_offered_once(signed_in, alice, shop, settings):
    settings.BILLING_CHECKOUT = {**settings.BILLING_CHECKOUT, "trial_days": 14}
    sentence = "14 days are free to try"
    assert sentence in words(signed_in(alice).get("/billing"))
    account_of(alice, "CANCELED", has_had_trial=True)
    assert sentence not in words(signed_in(alice).get("/billing"))


# What was paid.


def test_invoices_are_listed_with_their_documents(signed_in, subscriber, charlie, shop):
    row = Invoice.objects.get()
    link = f'href="https://invoice.stripe.com/{row.stripe_data["number"]}"'
    plain = signed_in(subscriber).get("/billing")
    assert "$29.00" in words(plain, "plan-receipts")
    # The fake's pages are plain HTTP: no page of ours leads there.
    assert "127.0.0.1" not in plain.content.decode()
    row.stripe_data |= invoice(row.stripe_data["number"], customer=row.stripe_data["customer"])
    row.save()
    page = signed_in(subscriber).get("/billing").content.decode()
    assert link in page
    assert page.count('rel="noopener"') == 2
    assert 'id="receipts"' not in signed_in(charlie).get("/billing").content.decode()


@pytest.mark.parametrize(
    ("facts", "price", "state"),
    [
        ({}, "$29.00", "Paid"),
        ({"total": 123_456, "currency": "eur"}, "1,234.56\xa0EUR", "Paid"),
        ({"total": 500, "currency": "jpy"}, "500\xa0JPY", "Paid"),
        ({"total": 1_500, "currency": "kwd"}, "1.500\xa0KWD", "Paid"),
        ({"total": -1_450}, "\N{MINUS SIGN}$14.50", "Paid"),
        ({"status": "open"}, "$29.00", "To be paid"),
        ({"status": "open", "attempt_count": 1}, "$29.00", "Payment failed"),
        ({"status": "void"}, "$29.00", "Cancelled"),
        ({"status": "uncollectible"}, "$29.00", "Never paid"),
    ],
)
def test_an_invoice_in_words(facts, price, state):
    receipt = receipt_of(invoice(**facts))
    assert (receipt.price, receipt.state.label) == (price, state)


@pytest.mark.parametrize("url", [None, "", "http://example.com/", "javascript:alert(1)", 7])
def test_links_are_secure_or_none(url):
    receipt = receipt_of(invoice(hosted_invoice_url=url, invoice_pdf=url))
    assert (receipt.page, receipt.pdf) == ("", "")
