"""What somebody used in the period at hand, what is left, and what the router saved."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from rest_framework import serializers

from accounts.models import User
from ai.models import Generation, UsagePeriod
from ai.savings import Figures, added_up, figures_of_period, percent_saved
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
    routing_usd: Decimal
    cache_usd: Decimal
    saved_percent: Decimal
    always_mini_usd: Decimal
    always_full_usd: Decimal
    period_start: datetime
    period_end: datetime
    period: UsagePeriod
    # By kind and tier; only where somebody asks for them.
    lines: tuple[Figures, ...] = ()

    @property
    def total(self) -> Figures:
        """All lines as one."""
        return added_up(self.lines)

    @property
    def routing_percent(self) -> Decimal:
        """What choosing saved, of what the strong model would have cost; negative likewise."""
        return percent_saved(self.spend_used_usd, self.always_full_usd, Decimal(0))

    @property
    def overspent_usd(self) -> Decimal:
        """What choosing cost more than the strong model alone; 0 where it saved."""
        return max(Decimal(0), -self.routing_usd)


def usage_of(user: User) -> Usage:
    """The counters of the period at hand; a period without a row has used nothing."""
    allowed = entitlements(user)
    found = UsagePeriod.objects.filter(user=user, start=allowed.period_start).first()
    period = found or UsagePeriod(user=user, start=allowed.period_start, end=allowed.period_end)
    limit = allowed.plan.generations
    taken = period.generations_used + period.generations_reserved
    full, spent = Decimal(period.spend_full_usd), Decimal(period.spend_used_usd)
    cache = Decimal(period.cache_saved_usd)
    return Usage(
        plan=allowed.plan.name,
        used=period.generations_used,
        reserved=period.generations_reserved,
        limit=limit,
        remaining=None if limit is None else max(0, limit - taken),
        spend_used_usd=spent,
        spend_limit_usd=allowed.plan.spend_usd,
        routing_usd=full - spent,
        cache_usd=cache,
        saved_percent=percent_saved(spent, full, cache),
        always_mini_usd=Decimal(period.spend_mini_usd),
        always_full_usd=full,
        period_start=allowed.period_start,
        period_end=allowed.period_end,
        period=period,
    )


def usage_with_figures(user: User) -> Usage:
    """The counters, and what is counted over the rows of the period."""
    usage = usage_of(user)
    return replace(usage, lines=tuple(figures_of_period(usage.period)))


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
    """US dollars, negative where choosing cost more, and their share of the strong model's cost."""

    routing_usd = serializers.DecimalField(14, 8)
    cache_usd = serializers.DecimalField(14, 8)
    percent = serializers.DecimalField(12, 1, source="saved_percent")


class UsageBaselinesSerializer(CamelSerializer):
    """The same answers, in US dollars, had one model written all of them."""

    always_mini_usd = serializers.DecimalField(14, 8)
    always_full_usd = serializers.DecimalField(14, 8)


class FiguresSerializer(CamelSerializer):
    """What was written of one kind by one tier; rates are null where nothing was counted."""

    kind = serializers.ChoiceField(choices=Generation.Kind.choices)
    tier = serializers.ChoiceField(choices=Generation.Tier.choices)
    written = serializers.IntegerField()
    reused = serializers.IntegerField()
    escalated = serializers.IntegerField()
    judged = serializers.IntegerField()
    cost_usd = serializers.DecimalField(14, 8)
    always_full_usd = serializers.DecimalField(14, 8)
    always_mini_usd = serializers.DecimalField(14, 8)
    accept_rate = serializers.DecimalField(5, 4, allow_null=True)


class UsageReportSerializer(CamelSerializer):
    """The contract's `/ai/usage`, as news tells it, too."""

    period = UsagePeriodSerializer(source="*")
    subscription = serializers.ChoiceField(source="plan", choices=PlanName.choices)
    generations = UsageCountsSerializer(source="*")
    spend_usd = UsageSpendSerializer(source="*")
    saved = UsageSavedSerializer(source="*")
    baselines = UsageBaselinesSerializer(source="*")


class UsageFiguresSerializer(UsageReportSerializer):
    """With what is counted over the rows of the period: too much for every piece of news."""

    escalation_rate = serializers.DecimalField(
        5, 4, source="total.escalation_rate", allow_null=True
    )
    accept_rate = serializers.DecimalField(5, 4, source="total.accept_rate", allow_null=True)
    by_kind = FiguresSerializer(source="lines", many=True)
