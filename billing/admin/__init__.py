"""What staff see of plans: who pays, what Stripe said, what was given, what wants a decision."""

from billing.admin.accounts import BillingAccountAdmin
from billing.admin.alerts import BillingAlertAdmin
from billing.admin.events import InboxEventAdmin
from billing.admin.grants import PlanGrantAdmin
from billing.admin.mirrored import show_the_mirror
from billing.admin.reconciliations import DriftAdmin, ReconciliationAdmin
from billing.admin.records import BillingNoticeAdmin, CheckoutAttemptAdmin, PlanChangeAdmin

show_the_mirror()

__all__ = [
    "BillingAccountAdmin",
    "BillingAlertAdmin",
    "BillingNoticeAdmin",
    "CheckoutAttemptAdmin",
    "DriftAdmin",
    "InboxEventAdmin",
    "PlanChangeAdmin",
    "PlanGrantAdmin",
    "ReconciliationAdmin",
]
