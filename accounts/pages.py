"""The account page, and where a failed sign-in lands."""

from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import CloseAccountForm, ProfileForm, ThemeForm, TokenForm
from accounts.models import User
from accounts.requests import PageRequest
from accounts.services import ClosingRefused, close_account, update_profile
from api.models import ApiToken
from api.tokens import issue_token, revoke_token

YEAR_SECONDS = 365 * 24 * 3600


def _page(request: PageRequest, status: int = 200, **more: Any) -> HttpResponse:
    """The account page; `more` carries the form that was just sent, or a new token."""
    user = request.user
    context = {
        # A form of its own instance, so that refused values do not reach the rest of the page.
        "form": ProfileForm(instance=User.objects.get(pk=user.pk)),
        "theme_form": ThemeForm(initial={"theme": request.COOKIES.get("theme", "")}),
        "token_form": TokenForm(auto_id="id_token_%s"),
        "close_form": CloseAccountForm(user=user, auto_id="id_close_%s"),
        "tokens": ApiToken.objects.owned_by(user).live(),
        "session_count": UserSession.objects.filter(user=user).count(),
        "pending_email": EmailAddress.objects.filter(user=user, verified=False).first(),
        **more,
    }
    return render(request, "accounts/account.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: PageRequest) -> HttpResponse:
    """Show the account, or save what somebody says of themselves."""
    if request.method != "POST":
        return _page(request)
    form = ProfileForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if form.is_valid():
        try:
            user = update_profile(by=request.user, user=request.user, changes=form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            with translation.override(user.language or translation.get_language()):
                messages.success(request, _("Saved."))
            return redirect("account")
    return _page(request, status=422, form=form)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in a cookie of this device."""
    form = ThemeForm(request.POST)
    chosen = form.cleaned_data["theme"] if form.is_valid() else ""
    response = redirect("account")
    if chosen:
        response.set_cookie(
            "theme", chosen, YEAR_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    else:
        response.delete_cookie("theme")
    return response


@login_required
@require_POST
@never_cache
def token_create(request: PageRequest) -> HttpResponse:
    """Make an API token and show it, this once."""
    form = TokenForm(request.POST, auto_id="id_token_%s")
    if not form.is_valid():
        return _page(request, status=422, token_form=form)
    token = issue_token(user=request.user, **form.cleaned_data)
    return _page(request, status=201, new_token=token)


@login_required
@require_POST
def token_revoke(request: PageRequest, token_id: UUID) -> HttpResponse:
    """End one of one's own tokens."""
    try:
        revoke_token(by=request.user, token_id=token_id)
    except ApiToken.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The token is revoked."))
    return redirect("account")


@login_required
@require_POST
def close(request: PageRequest) -> HttpResponse:
    """Close the account, once the email was typed."""
    form = CloseAccountForm(request.POST, user=request.user, auto_id="id_close_%s")
    if not form.is_valid():
        return _page(request, status=422, close_form=form)
    try:
        close_account(by=request.user, user=request.user)
    except ClosingRefused as refused:
        form.add_error("email", str(refused))
        return _page(request, status=503, close_form=form)
    logout(request)
    messages.success(request, _("Your account is closed."))
    return redirect("landing")


def auth_error(request: HttpRequest) -> HttpResponse:
    """Signing in did not work; what to do now."""
    return render(request, "account/auth_error.html")
