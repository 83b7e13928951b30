"""The brief as a form."""

from typing import Any, cast

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ai.brief import MAX_PROMPT_CHARACTERS, Brief, Language, Length, Platform, Quality, Tone
from ai.models import Feedback
from content.models import Content


class BriefForm(forms.Form):
    """What a creator asks for. Without a script, it is posted as it stands."""

    prompt = forms.CharField(
        label=_("What do you want to say?"),
        max_length=MAX_PROMPT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    type = forms.ChoiceField(label=_("Type"), choices=Content.Type, initial=Content.Type.POST)
    tone = forms.ChoiceField(label=_("Tone"), choices=Tone, initial=Tone.FRIENDLY)
    length = forms.ChoiceField(label=_("Length"), choices=Length, initial=Length.MEDIUM)
    language = forms.ChoiceField(label=_("Language"), choices=Language, initial=Language.ENGLISH)
    platform = forms.ChoiceField(label=_("Platform"), choices=Platform, required=False)
    quality = forms.ChoiceField(label=_("Model"), choices=Quality, initial=Quality.AUTO)

    def __init__(self, *args: Any, allows_full: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.allows_full = allows_full
        spoken = (get_language() or "en").split("-")[0]
        if spoken in Language.values:
            self.fields["language"].initial = spoken
        if not allows_full:
            quality = cast("forms.ChoiceField", self.fields["quality"])
            quality.choices = [c for c in Quality.choices if c[0] != Quality.FULL]

    def brief(self) -> Brief:
        """What was asked for. Call it on a valid form."""
        return Brief(**self.cleaned_data)


class FeedbackForm(forms.Form):
    """The two buttons below a text."""

    verdict = forms.ChoiceField(choices=Feedback.Verdict)
