"""What somebody used in the period at hand, what is left, and what the router saved."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from accounts.models import User
from ai.models import UsagePeriod
from api.camel import CamelSerializer
from billing.entitlements import entitlements
from billing.plans import PlanName


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts and US dollars of one period; `limit` and `remaining` None: without limit."""

    plan: PlanName
    used: int
    reserved: int
    limit: int | None
    remaining: int | None
    spend_used_usd: Decimal
    spend_limit_usd: Decimal
    saved_usd: Decimal
    saved_percent: Decimal
    period_start: datetime
    period_end: datetime


def usage_of(user: User) -> Usage:
    """The counters of the period at hand; a period without a row has used nothing."""
    allowed = entitlements(user)
    found = UsagePeriod.objects.filter(user=user, start=allowed.period_start).first()
    period = found or UsagePeriod(user=user, start=allowed.period_start, end=allowed.period_end)
    limit = allowed.plan.generations
    taken = period.generations_used + period.generations_reserved
    full, spent = Decimal(period.spend_full_usd), Decimal(period.spend_used_usd)
    saved = max(Decimal(0), full - spent)
    return Usage(
        plan=allowed.plan.name,
        used=period.generations_used,
        reserved=period.generations_reserved,
        limit=limit,
        remaining=None if limit is None else max(0, limit - taken),
        spend_used_usd=spent,
        spend_limit_usd=allowed.plan.spend_usd,
        saved_usd=saved,
        saved_percent=(saved / full * 100).quantize(Decimal("0.1")) if full else Decimal("0.0"),
        period_start=allowed.period_start,
        period_end=allowed.period_end,
    )


class UsagePeriodSerializer(CamelSerializer):
    """From when to when."""

    start = serializers.DateTimeField(source="period_start")
    end = serializers.DateTimeField(source="period_end")


class UsageCountsSerializer(CamelSerializer):
    """Generations; null means without limit."""

    used = serializers.IntegerField()
    reserved = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)
    remaining = serializers.IntegerField(allow_null=True)


class UsageSpendSerializer(CamelSerializer):
    """US dollars."""

    used = serializers.DecimalField(14, 8, source="spend_used_usd")
    limit = serializers.DecimalField(14, 2, source="spend_limit_usd")


class UsageSavedSerializer(CamelSerializer):
    """US dollars, and their share of what the strongest model would have cost."""

    routing_usd = serializers.DecimalField(14, 8, source="saved_usd")
    cache_usd = serializers.SerializerMethodField()
    percent = serializers.DecimalField(5, 1, source="saved_percent")

    def get_cache_usd(self, _usage: Any) -> str:
        """Nothing is answered from a cache."""
        return "0.00000000"


class UsageReportSerializer(CamelSerializer):
    """The contract's `/ai/usage`."""

    period = UsagePeriodSerializer(source="*")
    subscription = serializers.ChoiceField(source="plan", choices=PlanName.choices)
    generations = UsageCountsSerializer(source="*")
    spend_usd = UsageSpendSerializer(source="*")
    saved = UsageSavedSerializer(source="*")
