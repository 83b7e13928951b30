"""Before an account closes, nobody pays for it any more: Stripe first, then our rows."""

import stripe
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import ClosingRefused
from billing.checkout import expire_open_pages
from billing.mirror import read_story
from billing.models import BillingAccount
from billing.stripe_api import NotConfigured, StripeAway, asked, secret_key
from billing.sync import sync_account

ENDED = {"canceled", "incomplete_expired"}


def end_payments(user: User) -> None:
    """Cancel whatever somebody pays, at once. Raises ClosingRefused while Stripe is down.

    What Stripe has is what counts, not our rows: an event may still be on its way.
    """
    account: BillingAccount | None = BillingAccount.objects.filter(pk=user.pk).first()
    if account is None or not account.stripe_customer_id:
        return
    try:
        expire_open_pages(account)
        end_subscriptions(account)
    except (StripeAway, NotConfigured) as error:
        message = _("Your subscription could not be cancelled just now. Try again in a minute.")
        raise ClosingRefused(message) from error


def end_subscriptions(account: BillingAccount) -> None:
    """Every one that is not over. Raises StripeAway."""
    customer_id = str(account.stripe_customer_id)
    for subscription in read_story(customer_id).subscriptions:
        if subscription.status not in ENDED:
            _cancel(subscription.id)
    sync_account(account, customer_id)


def _cancel(subscription_id: str) -> None:
    try:
        asked(lambda: stripe.Subscription.cancel(subscription_id, api_key=secret_key()))
    except stripe.InvalidRequestError as error:
        # It ended meanwhile.
        if error.http_status != 404:  # noqa: PLR2004
            raise
