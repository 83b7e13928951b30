"""The app of what happened."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    """Events in, figures out."""

    name = "analytics"
    verbose_name = _("Analytics")

    def ready(self) -> None:
        """Listen to the news of the layers below."""
        from analytics import listeners

        listeners.connect()
