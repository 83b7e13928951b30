"""The app of what you make."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContentConfig(AppConfig):
    """Drafts, revisions, publishing."""

    name = "content"
    verbose_name = _("Content")

    def ready(self) -> None:
        """Tell open pages what changes."""
        from content import news

        news.connect()
