"""The app of the manners that every endpoint shares."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    """Holds the API tokens; knows no domain."""

    name = "api"
    verbose_name = _("API access")

    def ready(self) -> None:
        """Listen for the end of sessions and tokens."""
        from api import listeners

        listeners.connect()
