"""What every page knows of the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEME_COOKIE = "theme"
THEMES = ("light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    """`site`: its name, the reader's theme, and what is not set up on this machine."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    facts = {
        "name": "Huntaze",
        "theme": theme if theme in THEMES else "",
        "has_google": bool(settings.GOOGLE_CLIENT_ID),
        "keeps_mail_here": settings.DEBUG and settings.EMAIL_BACKEND.startswith("accounts.mail"),
        "languages": settings.LANGUAGES,
    }
    return {"site": facts}
