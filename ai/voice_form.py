"""How somebody sounds, as a form: lists are typed one to a line or between commas."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ai.models import VoiceProfile
from ai.models.voice import MAX_SAMPLE_CHARACTERS, MAX_SAMPLES, MAX_WORD_CHARACTERS, MAX_WORDS
from ai.voice import LINES, WORD_LISTS, cleaned_voice

APART = re.compile(r"[\n,;]")
# A word and what stands between it and the next.
LONGEST_LIST = MAX_WORDS * (MAX_WORD_CHARACTERS + 2)
SAMPLES = tuple(f"sample_{number}" for number in range(1, MAX_SAMPLES + 1))


def _words(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=LONGEST_LIST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class VoiceForm(forms.Form):
    """What a model is told of somebody; empty fields say nothing."""

    niche = forms.CharField(
        label=_("What you make"),
        help_text=_("“Wheel-thrown pottery”, for example. At most 200 characters."),
        required=False,
        max_length=200,
    )
    audience = forms.CharField(
        label=_("Who it is for"),
        help_text=_("“People who make things with their hands”. At most 300 characters."),
        required=False,
        max_length=300,
    )
    words_to_use = _words(
        _("Words that are yours"), _("One to a line, or between commas. At most 50.")
    )
    words_to_avoid = _words(
        _("Words that you never use"),
        _("The models are told, and drafts are checked for them. At most 50."),
    )

    def __init__(self, *args: Any, profile: VoiceProfile, **kwargs: Any) -> None:
        kwargs = {"initial": _initial(profile), "auto_id": "id_voice_%s", **kwargs}
        super().__init__(*args, **kwargs)
        for number, name in enumerate(SAMPLES, 1):
            self.fields[name] = forms.CharField(
                label=_("Sample %(number)d") % {"number": number},
                required=False,
                max_length=MAX_SAMPLE_CHARACTERS,
                widget=forms.Textarea(attrs={"rows": 4}),
            )

    def open_samples(self) -> list[forms.BoundField]:
        """Those with a text, and the first empty one where there is none."""
        filled = [name for name in SAMPLES if self[name].value() or self[name].errors]
        return [self[name] for name in filled or SAMPLES[:1]]

    def more_samples(self) -> list[forms.BoundField]:
        """The empty ones, which need not be seen at first."""
        shown = {field.name for field in self.open_samples()}
        return [self[name] for name in SAMPLES if name not in shown]

    def clean(self) -> dict[str, Any]:
        """Lists out of lines; what is too much is said beside its field."""
        said = super().clean() or {}
        changes: dict[str, Any] = {name: said.get(name, "") for name in LINES}
        changes |= {name: APART.split(said.get(name, "")) for name in WORD_LISTS}
        changes["samples"] = [said.get(name, "") for name in SAMPLES]
        try:
            return cleaned_voice(changes)
        except ValidationError as refused:
            for name, messages in refused.message_dict.items():
                self.add_error(name, messages)
            return said


def _initial(profile: VoiceProfile) -> dict[str, str]:
    lines = {name: getattr(profile, name) for name in LINES}
    lists = {name: "\n".join(getattr(profile, name)) for name in WORD_LISTS}
    return {**lines, **lists, **dict(zip(SAMPLES, profile.samples, strict=False))}
