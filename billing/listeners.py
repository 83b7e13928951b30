"""What happens elsewhere that Stripe has to know."""

from typing import Any

from allauth.account.signals import email_changed

from accounts.models import User
from billing.jobs import TELL_ADDRESS, have_done
from billing.models import BillingAccount


def connect() -> None:
    """Called once, when the app is ready."""
    email_changed.connect(on_email, dispatch_uid="billing.email")


def on_email(user: User, **_: Any) -> None:
    """Somebody reads their mail elsewhere now."""
    if BillingAccount.objects.filter(pk=user.pk).exclude(stripe_customer_id=None).exists():
        have_done(TELL_ADDRESS, user_id=str(user.pk))
