"""A thousand deliveries at four processes and two workers: one final state, nothing done twice.

Not among the tests of servers: those keep some whose workers would ask a Stripe of their own.
"""

import contextlib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from accounts.models import User
from billing.models import BillingAccount, BillingAlert, BillingNotice, InboxEvent, PlanChange
from tests.billing import shop as shops
from tests.billing.shop import Shop
from tests.cast import open_cast_account
from tests.fakes.mailbox import Mailbox, running_mailbox
from tests.fakes.mailbox import variables as mailing
from tests.live import LiveServer, environment, running_server
from tests.redis_database import redis_url
from tests.server.desk import wait_until

pytestmark = [pytest.mark.server, pytest.mark.redis]

PROCESSES, WORKERS = 4, 2
AT_ONCE, TIMES = 50, 5
DELIVERIES = 1_000
# What each event of a life may cost at Stripe, had it to be read alone.
READS_ALONE = 3


@contextlib.contextmanager
def _working(facts: dict[str, str], folder: Path) -> Iterator[None]:
    """Two workers, as an operator starts them."""
    command = [sys.executable, "manage.py", "worker"]
    with contextlib.ExitStack() as running:
        for number in range(WORKERS):
            log = running.enter_context((folder / f"worker-{number}.log").open("wb"))
            process = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=environment(facts, 0), stdout=log, stderr=log
            )
            running.callback(process.wait, 30)
            running.callback(process.terminate)
        yield


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """Where the mails go."""
    with running_mailbox() as running:
        yield running


@pytest.fixture
def server(open_shop: Shop, mailbox: tuple[Mailbox, int], tmp_path: Path) -> Iterator[LiveServer]:
    """Four processes and their workers, behind a Stripe of the test's own."""
    connection.ensure_connection()
    facts = shops.variables(open_shop.stripe, open_shop.prices) | mailing(mailbox[1])
    facts |= {"REDIS_URL": redis_url(), "WEB_CONCURRENCY": str(PROCESSES), "LOCAL_MODEL": "off"}
    facts |= {"DATABASE_POOL_SIZE": "4", "DEBUG": "off"}
    with running_server(tmp_path, **facts) as running, _working(facts, tmp_path):
        yield running
    with Redis.from_url(redis_url()) as client:
        client.flushdb()


def _lead_a_life(shop: Shop, user: User) -> None:
    bought = shop.subscribe(user, trial_days=3)
    shop.stripe.trial_will_end(bought)
    shop.stripe.renew(bought)
    shop.stripe.refund(shop.stripe.charge_of(bought), 500)
    shop.stripe.change_price(bought, shop.price("ENTERPRISE"))
    shop.stripe.fail_renewal(bought)
    shop.stripe.pay_open_invoice(bought)
    shop.stripe.dispute(shop.stripe.charge_of(bought))
    shop.stripe.cancel_at_period_end(bought)
    shop.stripe.cancel_at_period_end(bought, will_end=False)
    shop.stripe.change_price(bought, shop.price("PRO"))


def _chain(user: User) -> list[str]:
    """The plans that somebody went through. Each change begins where the one before ended."""
    rows = PlanChange.objects.filter(user=user).order_by("created_at")
    plans = ["FREE"]
    for before, after in rows.values_list("from_plan", "to_plan"):
        assert before == plans[-1] != after
        plans.append(after)
    return plans


def test_a_thousand_deliveries(
    open_shop: Shop, server: LiveServer, mailbox: tuple[Mailbox, int]
) -> None:
    shop, people = open_shop, list[User]()
    while len(shop.stripe.events) * TIMES < DELIVERIES:
        user = open_cast_account(f"alice{len(people)}")
        people.append(user)
        _lead_a_life(shop, user)
    shop.stripe.endpoint_url = f"{server.url}/api/billing/webhooks"
    asked_before = len(shop.stripe.requests)

    answers = shop.stripe.deliver_all("shuffled", seed=5, times=TIMES, parallel=AT_ONCE)
    assert Counter(answers) == {200: len(shop.stripe.events) * TIMES}

    waiting = InboxEvent.objects.filter(status="RECEIVED")
    wait_until(lambda: not waiting.exists(), lambda: str(list(waiting.values())[:3]), 60)
    owed = BillingNotice.objects.filter(sent_at=None)
    wait_until(lambda: not owed.exists(), lambda: str(list(owed.values())[:3]), 30)
    assert set(InboxEvent.objects.values_list("pk", flat=True)) == {
        event["id"] for event in shop.stripe.events
    }
    assert not InboxEvent.objects.filter(status="DEAD").exists()
    for user in people:
        account = BillingAccount.objects.get(pk=user.pk)
        subscription = shop.stripe.get(account.subscription_id)
        assert (account.status, account.plan) == ("ACTIVE", "PRO")
        assert account.is_ending is subscription["cancel_at_period_end"] is False
        assert _chain(user)[-1] == "PRO"
    _nothing_twice(mailbox[0], people)
    # Events that come together are answered by one reading.
    asked = len(shop.stripe.requests) - asked_before
    assert asked < len(shop.stripe.events) * READS_ALONE
    assert b"Traceback" not in server.log.read_bytes(), server.log.read_text()[-3000:]


def _nothing_twice(mailbox: Mailbox, people: list[User]) -> None:
    notices: list[Any] = list(BillingNotice.objects.values_list("user__email", "kind", "about"))
    assert len(set(notices)) == len(notices)
    mails = Counter((str(mail["To"]), str(mail["Subject"])) for mail in mailbox.mails)
    assert sum(mails.values()) == len(notices)
    for user in people:
        confirmed = [each for each in notices if each[:2] == (user.email, "CONFIRMED")]
        assert len(confirmed) == 1
    disputes = BillingAlert.objects.filter(kind="DISPUTE")
    assert disputes.count() == disputes.values("about").distinct().count() == len(people)
