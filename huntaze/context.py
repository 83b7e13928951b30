"""What every page knows of the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEME_COOKIE = "theme"
THEMES = ("light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    """`huntaze` in templates: the theme, and what is set up (the name `site` is allauth's)."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    facts = {
        "theme": theme if theme in THEMES else "",
        "has_google": bool(settings.GOOGLE_CLIENT_ID),
        "keeps_mail_here": settings.DEBUG
        and settings.MAILERS["default"]["BACKEND"].startswith("accounts.mail"),
        "languages": settings.LANGUAGES,
    }
    return {"huntaze": facts}
