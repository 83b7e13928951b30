"""A page's request once somebody is signed in: for type checkers; requests are not remade."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class PageRequest(HttpRequest):
    """What `login_required` lets through, with what the htmx middleware found."""

    user: User
    htmx: HtmxDetails
