"""The app of what you ask a model."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AiConfig(AppConfig):
    """Brief, routing, ledger, engine, stream."""

    name = "ai"
    verbose_name = _("AI")

    def ready(self) -> None:
        """Listen to what happens below: plans, drafts, accounts."""
        from ai import closing, feedback, metrics, news
        from ai.chat import services as chat

        news.connect()
        feedback.connect()
        closing.connect()
        chat.connect()
        metrics.connect()
