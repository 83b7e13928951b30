"""What the database knows of plans: who pays, what was granted, and all that Stripe said."""

from billing.models.account import BillingAccount, Interval, SubscriptionStatus
from billing.models.alert import BillingAlert
from billing.models.change import PlanChange
from billing.models.checkout import CheckoutAttempt
from billing.models.grant import PlanGrant
from billing.models.inbox import InboxEvent
from billing.models.notice import BillingNotice
from billing.models.reconciliation import Drift, Reconciliation

__all__ = (
    "BillingAccount",
    "BillingAlert",
    "BillingNotice",
    "CheckoutAttempt",
    "Drift",
    "InboxEvent",
    "Interval",
    "PlanChange",
    "PlanGrant",
    "Reconciliation",
    "SubscriptionStatus",
)
