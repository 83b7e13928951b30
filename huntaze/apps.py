"""The app that assembles the others, and the admin site under our name."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class HuntazeConfig(AppConfig):
    """Registers the system checks and starts error reporting."""

    name = "huntaze"
    verbose_name = _("Huntaze")

    def ready(self) -> None:
        """Once, when every app is loaded."""
        from huntaze import checks, sentry

        checks.register_all()
        sentry.start()


class HuntazeAdminConfig(AdminConfig):
    """Django's admin with our header."""

    default_site = "huntaze.admin.HuntazeAdminSite"
