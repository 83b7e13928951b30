"""The plans, as the contract states them (section 6)."""

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _

MEGABYTE = 1024 * 1024
GIGABYTE = 1024 * MEGABYTE


class PlanName(models.TextChoices):
    """What a plan is called."""

    FREE = "FREE", _("Free")
    PRO = "PRO", _("Pro")
    ENTERPRISE = "ENTERPRISE", _("Enterprise")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan costs and allows; None means without limit.

    Prices and the spend ceiling are US dollars; counts and the ceiling are per usage period.
    """

    name: PlanName
    monthly_price_usd: Decimal
    yearly_price_usd: Decimal
    generations: int | None
    spend_usd: Decimal
    allows_full: bool
    storage_bytes: int
    api_requests_per_minute: int
    ai_requests_per_minute: int


FREE = Plan(
    name=PlanName.FREE,
    monthly_price_usd=Decimal(0),
    yearly_price_usd=Decimal(0),
    generations=20,
    spend_usd=Decimal("0.25"),
    allows_full=False,
    storage_bytes=100 * MEGABYTE,
    api_requests_per_minute=60,
    ai_requests_per_minute=10,
)
PRO = Plan(
    name=PlanName.PRO,
    monthly_price_usd=Decimal(29),
    yearly_price_usd=Decimal(290),
    generations=2_000,
    spend_usd=Decimal(15),
    allows_full=True,
    storage_bytes=5 * GIGABYTE,
    api_requests_per_minute=300,
    ai_requests_per_minute=30,
)
ENTERPRISE = Plan(
    name=PlanName.ENTERPRISE,
    monthly_price_usd=Decimal(99),
    yearly_price_usd=Decimal(990),
    generations=None,
    spend_usd=Decimal(60),
    allows_full=True,
    storage_bytes=50 * GIGABYTE,
    api_requests_per_minute=1_200,
    ai_requests_per_minute=120,
)
PLANS = MappingProxyType({plan.name: plan for plan in (FREE, PRO, ENTERPRISE)})


def requests_per_minute(plan: str) -> tuple[int, int]:
    """(API requests, AI requests) that a plan allows each minute."""
    allowed = PLANS[PlanName(plan)]
    return allowed.api_requests_per_minute, allowed.ai_requests_per_minute
