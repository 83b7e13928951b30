"""A Stripe of our own, over real HTTP: not Stripe's, and no more than our product asks of it.

It keeps accounts, catalogue, customers, Checkout, portal, subscriptions, invoices and payments in
memory, answers and errs in Stripe's shapes (tests/payloads/stripe), and delivers signed webhooks
late, twice and shuffled. `with running_stripe() as stripe:` gives one.
"""

from tests.fakes.stripe.delivery import as_thin, body_of, sign
from tests.fakes.stripe.eras import in_old_version
from tests.fakes.stripe.fake import FakeStripe, running_stripe
from tests.fakes.stripe.templates import payload

__all__ = (
    "FakeStripe",
    "as_thin",
    "body_of",
    "in_old_version",
    "payload",
    "running_stripe",
    "sign",
)
