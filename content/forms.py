"""What people type about their content."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from content.models import MAX_BODY_CHARACTERS, Content

TITLE_CHARACTERS = 500
DERIVED_TITLE_CHARACTERS = 80


class FilterForm(forms.Form):
    """Which content to list; without a status, all that is not put away."""

    search = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    type = forms.ChoiceField(
        label=_("Type"), required=False, choices=[("", _("Any type")), *Content.Type.choices]
    )
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("All but archived")), *Content.Status.choices],
    )


class ContentForm(forms.Form):
    """A text as it is edited, and the version that the editor had opened."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label=_("Title"),
        max_length=TITLE_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 1}),
    )
    type = forms.ChoiceField(label=_("Type"), choices=Content.Type, initial=Content.Type.POST)
    body = forms.CharField(
        label=_("Text"),
        max_length=MAX_BODY_CHARACTERS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14}),
    )

    def clean_body(self) -> str:
        """Browsers send CRLF; what we keep has LF. A text of spaces alone is none."""
        body: str = self.cleaned_data["body"].replace("\r\n", "\n").replace("\r", "\n")
        if not body.strip():
            raise forms.ValidationError(_("Write something first."), code="required")
        return body

    def clean(self) -> dict[str, Any]:
        """A text without a title takes its first line."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        title = " ".join(cleaned.get("title", "").split())
        if not title and "title" not in self.errors:
            title = first_line(cleaned.get("body", ""))
        cleaned["title"] = title
        return cleaned


def first_line(body: str) -> str:
    """The beginning of a text, short enough for a title."""
    line = next((line.strip() for line in body.splitlines() if line.strip()), "")
    if len(line) <= DERIVED_TITLE_CHARACTERS:
        return line
    return line[:DERIVED_TITLE_CHARACTERS].rsplit(" ", 1)[0] + "…"


def form_of(content: Content) -> ContentForm:
    """The form as it shows a stored text."""
    fields = ("version", "title", "type", "body")
    return ContentForm(initial={name: getattr(content, name) for name in fields})
