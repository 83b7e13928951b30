"""The plan that holds and why, what can be bought, and what was paid."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PageRequest
from api.errors import ApiError
from api.json import plain
from billing.api import SubscriptionSerializer, facts_of, told
from billing.checkout import HELD, begin_checkout
from billing.entitlements import Entitlements, entitlements
from billing.forms import EndingForm, PortalForm, PurchaseForm
from billing.managing import portal_url, set_ending
from billing.models import BillingAccount, CheckoutAttempt
from billing.offers import CAN_END, OWING, catalogue
from billing.receipts import receipts_of
from billing.stripe_api import is_configured
from billing.waiting import read_soon


class SeeOther(HttpResponseRedirect):
    """On to a page, whatever was sent before."""

    status_code = HTTPStatus.SEE_OTHER


@login_required
@require_safe
def billing(request: PageRequest) -> HttpResponse:
    """The plan. Who comes back from paying waits here: the page grants nothing."""
    return _page(request)


@login_required
@require_POST
def billing_checkout(request: PageRequest) -> HttpResponse:
    """On to the page at Stripe where a plan is paid."""
    form = PurchaseForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422, trouble=_("Choose a plan, and how often you pay."))
    wanted = form.cleaned_data
    return _lead(request, lambda: begin_checkout(user=request.user, **wanted).url)


@login_required
@require_POST
def billing_portal(request: PageRequest) -> HttpResponse:
    """On to Stripe's portal, or to its page that confirms another plan."""
    form = PortalForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422, trouble=_("Choose a plan, and how often you pay."))
    wanted = form.cleaned_data
    return _lead(request, lambda: portal_url(user=request.user, **wanted))


@login_required
@require_POST
def billing_ending(request: PageRequest) -> HttpResponse:
    """End the subscription with its period, or go on after all."""
    form = EndingForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422, trouble=_("Say whether the plan ends or goes on."))
    is_ending = form.cleaned_data["is_ending"]
    try:
        told(lambda: set_ending(user=request.user, is_ending=is_ending))
    except ApiError as refused:
        return _refused(request, refused)
    said = _("Cancelled. You keep the plan until its end.") if is_ending else _("The plan goes on.")
    messages.success(request, said)
    return redirect("billing")


def _lead(request: PageRequest, find: Callable[[], str]) -> HttpResponse:
    """To an address that only Stripe can give."""
    try:
        return SeeOther(told(find))
    except ApiError as refused:
        return _refused(request, refused)


def _refused(request: PageRequest, refused: ApiError) -> HttpResponse:
    trouble = refused.message
    response = _page(request, status=refused.status, trouble=trouble)
    for name, value in refused.headers.items():
        response.headers[name] = value
    return response


def _page(request: PageRequest, *, status: int = 200, trouble: str = "") -> HttpResponse:
    """A tag of `ai` says what is used: billing knows no models."""
    user = request.user
    account = BillingAccount.objects.filter(pk=user.pk).first() or BillingAccount(user=user)
    allowed = entitlements(user)
    receipts = receipts_of(account.stripe_customer_id)
    is_waiting = _is_waiting(account, request.GET.get("checkout", ""))
    if is_waiting:
        read_soon(account)
    entries = catalogue(account, is_waiting=is_waiting)
    context: dict[str, Any] = {
        "account": account,
        "allowed": allowed,
        "state": state_of(account, allowed),
        "now": timezone.now(),
        "is_configured": is_configured(),
        "is_waiting": is_waiting,
        "entries": entries,
        "can_buy": any(offer.kind == "buy" for entry in entries for offer in entry.offers),
        "can_end": account.status in CAN_END,
        "is_owing": account.status in OWING,
        "trial_days": 0 if account.has_had_trial else settings.BILLING_CHECKOUT["trial_days"],
        "receipts": receipts,
        "pay_page": next((each.page for each in receipts if each.is_owed), ""),
        "trouble": trouble,
    }
    return render(request, "billing/billing.html", context, status=status)


def state_of(account: BillingAccount, allowed: Entitlements) -> str:
    """What open pages compare with the news; `takePlan` of static/js/live.js makes the same."""
    shown = plain(SubscriptionSerializer(facts_of(account, allowed)).data)
    names = ("plan", "status", "interval", "currentPeriodEnd")
    words = [shown[name] or "" for name in names]
    return " ".join([*words, "ends" if shown["cancelAtPeriodEnd"] else ""])


def _is_waiting(account: BillingAccount, session_id: str) -> bool:
    """Whether this person has paid on that page, and Stripe has not told us yet."""
    if not session_id or account.status in HELD:
        return False
    # One at most is open.
    attempt = CheckoutAttempt.objects.filter(account_id=account.pk, closed_at=None).first()
    return attempt is not None and attempt.session_id == session_id
