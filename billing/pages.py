"""The plan that holds, what it allows, and the others."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from billing.entitlements import entitlements
from billing.plans import PLANS


@login_required
def billing(request: HttpRequest) -> HttpResponse:
    """Plans, the current one and its use (a tag of `ai` says that, since billing knows no models)."""
    assert isinstance(request.user, User)
    context = {"allowed": entitlements(request.user), "plans": PLANS.values()}
    return render(request, "billing/billing.html", context)
