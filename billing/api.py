"""Plans over the API."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import stripe
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.caller import caller_of
from accounts.models import User
from api.camel import CamelSerializer
from api.errors import ApiError, Conflict
from billing.checkout import AlreadyBuying, AlreadySubscribed, begin_checkout
from billing.entitlements import Entitlements, entitlements
from billing.managing import NothingToManage, portal_url, set_ending
from billing.models import BillingAccount, Interval, SubscriptionStatus
from billing.places import a_place
from billing.plans import PLANS, PlanName
from billing.stripe_api import NotConfigured, StripeAway, is_configured

logger = logging.getLogger("huntaze.billing")


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
    status = serializers.ChoiceField(choices=SubscriptionStatus.choices, allow_null=True)
    interval = serializers.ChoiceField(choices=Interval.choices, allow_null=True)
    current_period_start = serializers.DateTimeField(allow_null=True)
    current_period_end = serializers.DateTimeField(allow_null=True)
    cancel_at_period_end = serializers.BooleanField()


class ChangeSerializer(CamelSerializer):
    """Whether one's subscription ends with its period."""

    cancel_at_period_end = serializers.BooleanField()


class CheckoutSerializer(CamelSerializer):
    """What is to be bought. Prices are ours to name."""

    plan = serializers.ChoiceField(choices=[PlanName.PRO, PlanName.ENTERPRISE])
    interval = serializers.ChoiceField(choices=Interval.choices)

    def to_internal_value(self, data: Any) -> Any:
        """Refuse whatever else is named: a price of the client's own, above all."""
        known = set(self.fields)
        if isinstance(data, Mapping) and (unknown := sorted(set(map(str, data)) - known)):
            message = _("Name the plan and the interval, and nothing else.")
            raise serializers.ValidationError({key: [message] for key in unknown})
        return super().to_internal_value(data)


class PageSerializer(CamelSerializer):
    """Where it goes on, at Stripe."""

    url = serializers.URLField()


class CheckoutPageSerializer(PageSerializer):
    """The page where it is paid."""

    session_id = serializers.CharField()


def subscription_facts(user: User) -> dict[str, Any]:
    """What SubscriptionSerializer shows."""
    account = BillingAccount.objects.filter(pk=user.pk).first() or BillingAccount(user=user)
    return facts_of(account, entitlements(user))


def facts_of(account: BillingAccount, allowed: Entitlements) -> dict[str, Any]:
    """The same, of what was read already."""
    return {
        "plan": allowed.plan.name,
        "status": account.status or None,
        "interval": account.interval or None,
        "current_period_start": account.period_start,
        "current_period_end": account.period_end,
        "cancel_at_period_end": account.is_ending,
    }


def as_api_error(error: Exception) -> ApiError | None:
    """What stands in the way of paying, as the contract tells it; None for anything else."""
    if isinstance(error, NotConfigured):
        message = _("Payments are not configured on this server.")
        if is_configured():
            message = _("This plan is not sold here.")
        return ApiError(message, status=503, code="billing_not_configured")
    if isinstance(error, StripeAway):
        message = _("The payment service does not answer. Try again in a minute.")
        headers = {"Retry-After": "30"}
        return ApiError(message, status=503, code="unavailable", headers=headers)
    if isinstance(error, AlreadySubscribed | AlreadyBuying | NothingToManage):
        return Conflict(str(error))
    if isinstance(error, stripe.StripeError):
        # A price that is gone, a portal that does not sell it: the operator's to mend.
        logger.error("Stripe refuses: %s %s", type(error).__name__, error.code or "")
        message = _("Stripe does not accept this. Nothing was charged.")
        return ApiError(message, status=503, code="billing_not_configured")
    return None


def told[Answer](work: Callable[[], Answer]) -> Answer:
    """Do what needs Stripe. Raises ApiError for what stands in the way."""
    try:
        with a_place():
            return work()
    except Exception as error:
        raise as_api_error(error) or error from error


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

    @extend_schema(request=ChangeSerializer, responses=SubscriptionSerializer)
    def patch(self, request: Request) -> Response:
        """End it with its period, or go on after all."""
        form = ChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        user, is_ending = caller_of(request), form.validated_data["cancel_at_period_end"]
        told(lambda: set_ending(user=user, is_ending=is_ending))
        return Response(SubscriptionSerializer(subscription_facts(user)).data)


class CheckoutView(APIView):
    """`/billing/checkout`."""

    @extend_schema(request=CheckoutSerializer, responses=CheckoutPageSerializer)
    def post(self, request: Request) -> Response:
        """A page at Stripe where the plan is paid. Twice is the same page."""
        form = CheckoutSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        plan = PlanName(form.validated_data["plan"])
        interval = form.validated_data["interval"]
        user = caller_of(request)
        page = told(lambda: begin_checkout(user=user, plan=plan, interval=interval))
        return Response(CheckoutPageSerializer(page).data)


class PortalView(APIView):
    """`/billing/portal`."""

    @extend_schema(request=None, responses=PageSerializer)
    def post(self, request: Request) -> Response:
        """Stripe's portal: cards, invoices, changes of plan."""
        user = caller_of(request)
        return Response(PageSerializer({"url": told(lambda: portal_url(user=user))}).data)
