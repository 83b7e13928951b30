"""The mails about a plan: what they say, in whose language, and that they go out once."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from accounts.services import close_account
from billing.mails import message_about, send
from billing.models import BillingNotice
from billing.plans import PlanName
from billing.services import grant_plan
from tests.billing.shop import Shop

PAGE = "https://invoice.stripe.com/i/1"
# Late in the evening of the day before, where Alice may live.
ENDS = datetime(2099, 5, 2, 3, 0, tzinfo=UTC)
OVER = datetime(2020, 5, 2, 3, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "plan": "PRO",
    "interval": "month",
    "endsAt": ENDS.isoformat(),
    "trialEndsAt": None,
    "page": PAGE,
}
SAID = {
    "CONFIRMED": ("You are on the Pro plan", "Vous avez le forfait Pro"),
    "PAYMENT_FAILED": ("Your payment did not go through", "Votre paiement n\u2019a pas abouti"),
    "ACTION_REQUIRED": (
        "Your bank wants you to confirm a payment",
        "Votre banque vous demande de confirmer un paiement",
    ),
    "TRIAL_ENDING": ("Your trial is ending", "Votre essai se termine"),
    "ENDING": ("Your plan ends with its period", "Votre forfait finit avec sa période"),
    "CANCELED": ("Your subscription has ended", "Votre abonnement est terminé"),
}


def notice(user: User, kind: str, **facts: Any) -> BillingNotice:
    row: BillingNotice = BillingNotice.objects.create(
        user=user, kind=kind, about="sub_1", facts={**FACTS, **facts}
    )
    return row


def parts(row: BillingNotice) -> tuple[str, str, str]:
    """(subject, text, HTML)"""
    message = message_about(row)
    [(content, kind)] = message.alternatives
    assert kind == "text/html"
    return str(message.subject), str(message.body), str(content)


def test_every_kind_has_its_words() -> None:
    assert set(SAID) == set(BillingNotice.Kind.values)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", SAID)
def test_what_it_says(alice: User, kind: str, language: str) -> None:
    alice.language = language
    alice.save()
    subject, text, page = parts(notice(alice, kind))
    assert subject == SAID[kind][language == "fr"]
    link = PAGE if kind == "ACTION_REQUIRED" else "/billing"
    for body in (text, page):
        assert link in body
        assert not re.search(r"{[{%]|%\(|None", body)
    # An empty line between paragraphs, and no more.
    assert "\n\n\n" not in text.strip()
    english, french = SAID[kind]
    assert f'lang="{language}"' in page
    assert (english if language == "fr" else french) not in text


def test_days_are_those_of_the_reader(alice: User) -> None:
    alice.time_zone = "America/Los_Angeles"
    alice.save()
    assert "until May 1, 2099" in parts(notice(alice, "PAYMENT_FAILED"))[1]


def test_who_reads_of_a_failure_after_the_grace_is_promised_nothing(alice: User) -> None:
    text = parts(notice(alice, "PAYMENT_FAILED", endsAt=OVER.isoformat()))[1]
    assert "We keep" not in text
    assert "rests until it is paid" in text


def test_a_trial_is_told_of_with_its_end(alice: User) -> None:
    text = parts(notice(alice, "CONFIRMED", trialEndsAt=ENDS.isoformat()))[1]
    assert "Your trial ends on May 2, 2099; nothing is charged before." in text


def test_what_is_left_is_named(alice: User) -> None:
    row = notice(alice, "CANCELED")
    assert "You are on the Free plan now" in parts(row)[1]
    grant_plan(by=None, user=alice, plan=PlanName.ENTERPRISE, reason="a friend of the house")
    assert "You are on the Enterprise plan now" in parts(row)[1]


def test_it_goes_out_once(alice: User) -> None:
    row = notice(alice, "CONFIRMED")
    assert send(str(row.pk))
    assert not send(str(row.pk))
    [sent] = mail.outbox
    assert sent.to == [alice.email]
    row.refresh_from_db()
    assert row.sent_at is not None
    assert row.sent_at <= timezone.now()


def test_a_mail_server_that_is_away_leaves_it_owed(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_facts: Any, **_more: Any) -> int:
        raise ConnectionRefusedError

    row = notice(alice, "CONFIRMED")
    with monkeypatch.context() as away:
        away.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        with pytest.raises(ConnectionRefusedError):
            send(str(row.pk))
    row.refresh_from_db()
    assert row.sent_at is None
    assert send(str(row.pk))


def test_whose_account_is_closed_gets_none(alice: User) -> None:
    row = notice(alice, "CONFIRMED")
    close_account(by=alice, user=alice)
    assert not send(str(row.pk))
    assert mail.outbox == []


def test_a_purchase_has_one_sent_by_a_job(
    shop: Shop, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        shop.subscribe(alice)
        shop.hear()
        shop.hear()
    [job] = ProcrastinateJob.objects.filter(task_name="billing.send_notice")
    assert job.args["notice_id"] == str(BillingNotice.objects.get().pk)
