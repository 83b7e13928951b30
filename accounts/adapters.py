"""Where allauth asks us: addresses, redirects, what Google tells of a person."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from accounts.models import User, normalize_email
from api.addresses import client_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up and sign-in by email."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where attempts come from; this machine where the server was reached by a socket."""
        return client_address(request) or "127.0.0.1"

    def clean_email(self, email: str) -> str:
        """One spelling of an address."""
        return normalize_email(email)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Keep the name and the language of the page on which somebody signed up."""
        data = form.cleaned_data
        user.name = (data.get("name") or "")[:100]
        user.email = normalize_email(data["email"])
        if password := data.get("password1"):
            user.set_password(password)
        else:
            user.set_unusable_password()
        language = getattr(request, "LANGUAGE_CODE", "")
        user.language = language if language in {"en", "fr"} else ""
        if commit:
            user.save()
        return user


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Sign-in through Google."""

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        """Take the name and picture that Google knows."""
        user: User = super().populate_user(request, sociallogin, data)
        first, last = data.get("first_name") or "", data.get("last_name") or ""
        user.name = (data.get("name") or f"{first} {last}".strip())[:100]
        picture = sociallogin.account.extra_data.get("picture") or ""
        user.avatar = picture if picture.startswith("https://") and len(picture) <= 500 else ""  # noqa: PLR2004
        return user
