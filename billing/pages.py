"""The plan that holds, what it allows, and the others."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render

from accounts.requests import PageRequest
from billing.entitlements import entitlements
from billing.plans import PLANS


@login_required
def billing(request: PageRequest) -> HttpResponse:
    """The plans and the current one. A tag of `ai` says what is used: billing knows no models."""
    context = {"allowed": entitlements(request.user), "plans": PLANS.values()}
    return render(request, "billing/billing.html", context)
