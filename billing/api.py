"""Plans over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.caller import caller_of
from accounts.models import User
from api.camel import CamelSerializer
from billing.entitlements import entitlements
from billing.plans import PLANS, PlanName

STATUSES = ("ACTIVE", "TRIALING", "PAST_DUE", "UNPAID", "CANCELED", "INCOMPLETE", "PAUSED")


class PlanSerializer(CamelSerializer):
    """An entry of the catalogue; null means without limit."""

    name = serializers.ChoiceField(choices=PlanName.choices)
    monthly_price_usd = serializers.DecimalField(8, 2)
    yearly_price_usd = serializers.DecimalField(8, 2)
    generations = serializers.IntegerField(allow_null=True)
    spend_usd = serializers.DecimalField(8, 2)
    allows_full = serializers.BooleanField()
    storage_bytes = serializers.IntegerField()
    api_requests_per_minute = serializers.IntegerField()
    ai_requests_per_minute = serializers.IntegerField()


class PlanListSerializer(CamelSerializer):
    """The catalogue."""

    plans = PlanSerializer(many=True)


class SubscriptionSerializer(CamelSerializer):
    """One's own plan; everything but `plan` is null without a subscription."""

    plan = serializers.ChoiceField(choices=PlanName.choices)
    status = serializers.ChoiceField(choices=STATUSES, allow_null=True)
    interval = serializers.ChoiceField(choices=("month", "year"), allow_null=True)
    current_period_start = serializers.DateTimeField(allow_null=True)
    current_period_end = serializers.DateTimeField(allow_null=True)
    cancel_at_period_end = serializers.BooleanField()


def subscription_facts(user: User) -> dict[str, Any]:
    """What SubscriptionSerializer shows. Nobody has a Stripe subscription yet: null fields."""
    return {
        "plan": entitlements(user).plan.name,
        "status": None,
        "interval": None,
        "current_period_start": None,
        "current_period_end": None,
        "cancel_at_period_end": False,
    }


class PlansView(APIView):
    """`/billing/plans`, public."""

    permission_classes = (permissions.AllowAny,)

    @extend_schema(responses=PlanListSerializer)
    def get(self, request: Request) -> Response:
        """What can be bought and what it allows."""
        return Response(PlanListSerializer({"plans": list(PLANS.values())}).data)


class SubscriptionView(APIView):
    """`/billing/subscription`."""

    @extend_schema(responses=SubscriptionSerializer)
    def get(self, request: Request) -> Response:
        """One's own plan."""
        return Response(SubscriptionSerializer(subscription_facts(caller_of(request))).data)
