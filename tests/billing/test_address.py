"""Receipts go where somebody reads their mail."""

from typing import Any

import pytest
from allauth.account.signals import email_changed
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from billing import tasks
from billing.stripe_api import StripeAway
from tests.billing.shop import Shop

NEW = "alice@elsewhere.example"


def _move(user: User, on_commit: Any) -> list[dict[str, str]]:
    """What allauth tells when somebody has confirmed another address; the jobs that follow."""
    user.email = NEW
    user.save()
    with on_commit(execute=True):
        email_changed.send(
            sender=User, request=None, user=user, from_email_address=None, to_email_address=None
        )
    jobs = ProcrastinateJob.objects.filter(task_name="billing.tell_address")
    return list(jobs.values_list("args", flat=True))


def test_a_new_address_reaches_stripe(
    shop: Shop, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    customer = shop.subscribe(alice)["customer"]
    (facts,) = _move(alice, django_capture_on_commit_callbacks)
    shop.stripe.is_down = True
    with pytest.raises(StripeAway):
        tasks.tell_address(user_id=facts["user_id"])
    shop.stripe.is_down = False
    tasks.tell_address(user_id=facts["user_id"])
    assert shop.stripe.get(customer)["email"] == NEW


def test_a_customer_that_is_gone_takes_none(shop: Shop, alice: User) -> None:
    customer = shop.subscribe(alice)["customer"]
    shop.stripe.delete_customer(customer)
    tasks.tell_address(user_id=str(alice.pk))


def test_who_never_bought_is_nobody_there(
    shop: Shop, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    assert _move(alice, django_capture_on_commit_callbacks) == []
    tasks.tell_address(user_id=str(alice.pk))
    assert shop.stripe.requests == []
