"""Who is behind a request, as a type checker understands it."""

from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from accounts.models import User


def caller_of(request: HttpRequest | Request) -> User:
    """The signed-in person. Raises NotAuthenticated for nobody."""
    user = request.user
    if not isinstance(user, User):
        raise NotAuthenticated
    return user
