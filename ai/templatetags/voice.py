"""How somebody sounds, on the account page, which knows nothing of models."""

from typing import Any

from django import template

from accounts.models import User
from ai.voice import voice_profile_of
from ai.voice_form import VoiceForm

register = template.Library()


@register.inclusion_tag("ai/_voice_form.html")
def voice_form(user: User) -> dict[str, Any]:
    """The form with what they have said so far."""
    return {"form": VoiceForm(profile=voice_profile_of(user))}
