"""The app of people."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Users, their preferences, their way in and out."""

    name = "accounts"
    verbose_name = _("People")
