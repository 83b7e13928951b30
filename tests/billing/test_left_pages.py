"""A page that was left cannot be paid on, whatever failed meanwhile."""

from datetime import timedelta

import pytest
import stripe as sdk
from django.utils import timezone

from accounts.models import User
from billing.checkout import begin_checkout
from billing.models import CheckoutAttempt
from billing.plans import PlanName
from billing.stripe_api import StripeAway
from tests.billing.shop import Shop


def test_one_that_could_not_be_closed_is_closed_by_the_next_try(
    shop: Shop, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "max_network_retries", 0)
    left = begin_checkout(user=alice, plan=PlanName.PRO, interval="month")
    shop.stripe.is_down = True
    with pytest.raises(StripeAway):
        begin_checkout(user=alice, plan=PlanName.ENTERPRISE, interval="month")
    shop.stripe.is_down = False
    begin_checkout(user=alice, plan=PlanName.ENTERPRISE, interval="month")
    assert shop.stripe.get(left.session_id)["status"] == "expired"


def test_one_that_was_never_made_is_made_with_time_enough(shop: Shop, alice: User) -> None:
    begin_checkout(user=alice, plan=PlanName.PRO, interval="month")
    soon = timezone.now() + timedelta(minutes=20)
    CheckoutAttempt.objects.update(session_id="", url="", expires_at=soon)
    page = begin_checkout(user=alice, plan=PlanName.PRO, interval="month")
    least = (timezone.now() + timedelta(minutes=30)).timestamp()
    assert shop.stripe.get(page.session_id)["expires_at"] > least
