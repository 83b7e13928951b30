"""What the API's description says of plans, with examples."""

from api.description.failures import CONFLICT, Failure
from api.description.operations import Operation

PLANS = "Plans"
NOT_CONFIGURED = Failure(
    "billing_not_configured", 503, "Payments, or this plan, are not configured on this server."
)
SUBSCRIPTION = {
    "plan": "PRO",
    "status": "ACTIVE",
    "interval": "month",
    "currentPeriodStart": "2026-05-04T08:12:45.000000Z",
    "currentPeriodEnd": "2026-06-04T08:12:45.000000Z",
    "cancelAtPeriodEnd": False,
}
# Of a body with one property, it is needed.
COMPLETE = ("SubscriptionChanges",)
# Nothing else may be named: a price of the client's own, above all.
CLOSED = ("Purchase",)

OPERATIONS: dict[str, Operation] = {
    "get /api/billing/plans": Operation(
        "listPlans",
        "List the plans",
        PLANS,
        examples={
            "200": {
                "plans": [
                    {
                        "name": "PRO",
                        "monthlyPriceUsd": "29.00",
                        "yearlyPriceUsd": "290.00",
                        "generations": 2000,
                        "spendUsd": "15.00",
                        "allowsFull": True,
                        "storageBytes": 5_368_709_120,
                        "apiRequestsPerMinute": 300,
                        "aiRequestsPerMinute": 30,
                    }
                ]
            }
        },
    ),
    "get /api/billing/subscription": Operation(
        "getSubscription",
        "Read one's own plan",
        PLANS,
        examples={
            "200": SUBSCRIPTION,
        },
        description="Everything but `plan` is null for who has no subscription.",
    ),
    "patch /api/billing/subscription": Operation(
        "changeSubscription",
        "End the subscription with its period, or go on after all",
        PLANS,
        failures=(CONFLICT, NOT_CONFIGURED),
        request={"end": {"cancelAtPeriodEnd": True}, "goOn": {"cancelAtPeriodEnd": False}},
        examples={"200": {**SUBSCRIPTION, "cancelAtPeriodEnd": True}},
    ),
    "post /api/billing/checkout": Operation(
        "beginCheckout",
        "Buy a plan",
        PLANS,
        failures=(CONFLICT, NOT_CONFIGURED),
        request={"pro": {"plan": "PRO", "interval": "month"}},
        examples={
            "200": {
                "url": "https://checkout.stripe.com/c/pay/cs_test_a1b2c3",
                "sessionId": "cs_test_a1b2c3",
            }
        },
        description="The page at Stripe where it is paid; asked twice, it is the same page. What "
        "was bought holds when Stripe has told us so. Who has a subscription changes it in the "
        "portal.",
    ),
    "post /api/billing/portal": Operation(
        "openPortal",
        "Open Stripe's portal",
        PLANS,
        failures=(CONFLICT, NOT_CONFIGURED),
        examples={"200": {"url": "https://billing.stripe.com/p/session/test_a1b2c3"}},
        description="Cards, invoices, changes of plan. For who has bought something before.",
    ),
}
