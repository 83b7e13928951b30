"""The app of plans."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    """What people pay for, and what that allows."""

    name = "billing"
    verbose_name = _("Plans and billing")

    def ready(self) -> None:
        """Tell open pages when a plan changes; show the SDKs the one way to Stripe."""
        from billing import listeners, mirror, news, stripe_api

        news.connect()
        listeners.connect()
        stripe_api.configure()
        mirror.keep_keys_out()
