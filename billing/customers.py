"""Somebody's customer at Stripe: one, also under a double click."""

import logging

import stripe

from accounts.models import User
from billing.mirror import USER_KEY
from billing.models import BillingAccount
from billing.stripe_api import asked, secret_key
from billing.sync import account_of

logger = logging.getLogger("huntaze.billing")


def customer_of(user: User) -> str:
    """The id of somebody's customer, made at the first purchase. Raises StripeAway.

    Twins ask Stripe with one idempotency key and are given one customer; the database takes one id
    alone, and whoever comes second uses it.
    """
    account = account_of(user)
    if account.stripe_customer_id:
        return account.stripe_customer_id
    made = asked(lambda: _create(user, account))
    unlinked = BillingAccount.objects.filter(pk=account.pk, stripe_customer_id=None)
    unlinked.update(stripe_customer_id=made.id)
    account.refresh_from_db()
    return str(account.stripe_customer_id)


def update_customer(account: BillingAccount) -> None:
    """Have Stripe know somebody by their name and email of now. Raises StripeAway."""
    user, customer_id = account.user, str(account.stripe_customer_id)

    def modify() -> stripe.Customer:
        return stripe.Customer.modify(
            customer_id, email=user.email, name=user.name or "", api_key=secret_key()
        )

    try:
        asked(modify)
    except stripe.InvalidRequestError:
        # Deleted there: whoever reads the story finds that out.
        logger.info("Customer %s takes no new address", customer_id)


def _create(user: User, account: BillingAccount) -> stripe.Customer:
    # The count tells a customer that was deleted at Stripe from the one that replaces it; what it
    # is made of is a part of the key, since Stripe refuses a key that comes with something else.
    key = f"customer-{user.pk}-{account.applied_read}-{user.email}"
    return stripe.Customer.create(
        email=user.email,
        name=user.name or "",
        metadata={USER_KEY: str(user.pk)},
        preferred_locales=[user.language or "en"],
        idempotency_key=key[:255],
        api_key=secret_key(),
    )
