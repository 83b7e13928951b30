"""A browser without a script: the test client, signed in or not."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests.billing.shop import Shop


@pytest.fixture(autouse=True)
def _no_attempts_yet() -> None:
    """What was counted in another test does not limit this one."""
    cache.clear()


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A client with a session: `signed_in(alice).get(...)`."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return make


@pytest.fixture
def subscriber(shop: Shop, alice: User) -> User:
    """Alice, who pays PRO monthly, as Stripe has told."""
    shop.subscribe(alice)
    shop.hear()
    return alice
