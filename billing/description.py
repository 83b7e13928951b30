"""What the API's description says of plans, with examples."""

from api.description.operations import Operation

PLANS = "Plans"

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
            "200": {
                "plan": "PRO",
                "status": "ACTIVE",
                "interval": "month",
                "currentPeriodStart": "2026-05-04T08:12:45.000000Z",
                "currentPeriodEnd": "2026-06-04T08:12:45.000000Z",
                "cancelAtPeriodEnd": False,
            }
        },
        description="Everything but `plan` is null for who has no subscription.",
    ),
}
