"""What people type about themselves and their account."""

from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from api.models import ApiToken

THEMES = (("", _("As this device")), ("light", _("Light")), ("dark", _("Dark")))


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """An email; a name and a password only if wanted. The adapter keeps the name."""

    field_order = ("name", "email", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(
            label=_("Name (optional)"),
            max_length=100,
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
        )
        if "password1" in self.fields:
            self._explain_password()
        self.order_fields(self.field_order)

    def _explain_password(self) -> None:
        field = self.fields["password1"]
        field.required = False
        field.label = _("Password (optional)")
        field.help_text = gettext(
            "At least %(count)d characters. Without one, we mail you a code each time you sign in."
        ) % {"count": MinimumLengthValidator(10).min_length}


def _time_zones() -> list[tuple[str, str]]:
    """Every zone that is named for a place, and UTC."""
    places = sorted(zone for zone in available_timezones() if _is_place(zone))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in places)]


def _is_place(zone: str) -> bool:
    return "/" in zone and not zone.startswith(("Etc/", "posix/", "right/", "SystemV/", "US/"))


class ProfileForm(forms.ModelForm[User]):
    """What somebody says of themselves."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the browser asks")), ("en", "English"), ("fr", "Français")],
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_time_zones)

    class Meta:
        model = User
        fields = ("name", "handle", "language", "time_zone")
        labels = {"name": _("Name"), "handle": _("Handle")}
        help_texts = {"handle": _("3 to 30 lower-case letters, digits, dots and underscores.")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class ThemeForm(forms.Form):
    """Light, dark, or as the device is."""

    theme = forms.ChoiceField(label=_("Theme"), choices=THEMES, required=False)


class TokenForm(forms.Form):
    """What an API token is for."""

    name = forms.CharField(label=_("What it is for"), max_length=100)
    scope = forms.ChoiceField(
        label=_("It may"), choices=ApiToken.Scope, initial=ApiToken.Scope.WRITE
    )


class CloseAccountForm(forms.Form):
    """The email, typed once more, because closing cannot be undone."""

    email = forms.EmailField(label=_("Your email, to be sure"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        """It must be the one of this account."""
        email: str = self.cleaned_data["email"]
        if email.strip().lower() != self.user.email:
            raise forms.ValidationError(_("This is not the email of this account."))
        return email
