"""Which price at Stripe sells which plan."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from billing.plans import PlanName

# What `billing_setup` writes on prices and products, so that one that was sold before the present
# one is known as well.
PLAN_KEY = "huntaze_plan"


def price_id(plan: PlanName, interval: str) -> str:
    """The price that is sold now; empty where the operator has set none."""
    found: str = settings.STRIPE_PRICE_IDS.get((plan.value, interval), "")
    return found


def plan_of_price(price: Mapping[str, Any]) -> PlanName | None:
    """The plan that a price pays for; None for a price that is none of ours."""
    known = {value: plan for (plan, _interval), value in settings.STRIPE_PRICE_IDS.items() if value}
    product = price.get("product")
    named = known.get(str(price.get("id", ""))) or (price.get("metadata") or {}).get(PLAN_KEY)
    if not named and isinstance(product, Mapping):
        named = (product.get("metadata") or {}).get(PLAN_KEY)
    return PlanName(named) if named in (PlanName.PRO, PlanName.ENTERPRISE) else None


def can_buy(plan: PlanName) -> bool:
    """Whether the operator sells a plan, at any interval."""
    return any(price_id(plan, interval) for interval in ("month", "year"))
