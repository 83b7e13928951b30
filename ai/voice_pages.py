"""How somebody sounds, on the account page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import PageRequest
from ai.voice import change_voice, voice_profile_of
from ai.voice_form import VoiceForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_voice(request: PageRequest) -> HttpResponse:
    """Save what was said on the account page; what was refused comes back with its reasons."""
    profile = voice_profile_of(request.user)
    if request.method != "POST":
        return render(request, "ai/voice.html", {"form": VoiceForm(profile=profile)})
    form = VoiceForm(request.POST, profile=profile)
    if not form.is_valid():
        return render(request, "ai/voice.html", {"form": form}, status=422)
    change_voice(by=request.user, changes=form.cleaned_data)
    messages.success(request, _("Saved. From now on the models are told."))
    return redirect(f"{reverse('account')}#voice")
