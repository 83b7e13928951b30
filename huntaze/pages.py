"""Pages that cut across the apps: the first one, and the studio's home."""

from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.requests import PageRequest
from billing.plans import FREE
from content.models import Content

RECENT = 6
# What the sample on the first page shows: a quick model, and what the strongest would have cost.
SAMPLE = {"sample_cost": Decimal("0.00014"), "sample_full": Decimal("0.0021")}


def landing(request: HttpRequest) -> HttpResponse:
    """What Huntaze is, for somebody who comes by."""
    return render(request, "landing.html", {"free": FREE, **SAMPLE})


@login_required
def studio_home(request: PageRequest) -> HttpResponse:
    """Where somebody was, and the one thing to do next."""
    mine = Content.objects.owned_by(request.user)
    open_texts = mine.exclude(status=Content.Status.ARCHIVED).order_by("-updated_at", "id")
    return render(request, "studio/home.html", {"recent": open_texts[:RECENT]})
