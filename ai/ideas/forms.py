"""The request for ideas as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ai.ideas.schema import TYPES
from ai.ideas.services import spoken_language
from ai.ideas.wanted import (
    DEFAULT_COUNT,
    MAX_COUNT,
    MAX_FOCUS_CHARACTERS,
    MAX_TIMEFRAME_CHARACTERS,
    MAX_TOPIC_CHARACTERS,
    Wanted,
)
from content.models import Content

CHOICES = [("", _("Whatever suits")), *(each for each in Content.Type.choices if each[0] in TYPES)]


class WantedForm(forms.Form):
    """What ideas are wanted about. Without a script, it is posted as it stands."""

    topic = forms.CharField(
        label=_("What should they be about?"),
        max_length=MAX_TOPIC_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    count = forms.IntegerField(
        label=_("How many"),
        min_value=1,
        max_value=MAX_COUNT,
        initial=DEFAULT_COUNT,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    type = forms.ChoiceField(label=_("Type"), choices=CHOICES, required=False)
    focus = forms.CharField(
        label=_("From which side"),
        required=False,
        max_length=MAX_FOCUS_CHARACTERS,
        help_text=_("For example: what goes wrong, or for beginners."),
    )
    timeframe = forms.CharField(
        label=_("For when"),
        required=False,
        max_length=MAX_TIMEFRAME_CHARACTERS,
        help_text=_("For example: next week, or before Christmas."),
    )

    def wanted(self) -> Wanted:
        """What was asked for. Call it on a valid form."""
        facts: dict[str, Any] = self.cleaned_data
        return Wanted(language=spoken_language(), **facts)
