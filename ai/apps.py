"""The app of what you ask a model."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AiConfig(AppConfig):
    """Brief, routing, ledger, engine, stream."""

    name = "ai"
    verbose_name = _("AI")

    def ready(self) -> None:
        """Tell open pages what is used."""
        from ai import news

        news.connect()
