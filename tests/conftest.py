"""The cast, and the fakes they meet."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pytest_socket
from django.core.cache import caches
from django.test import Client
from django.utils import translation

from accounts.models import User
from ai.health import forget_health
from ai.metrics import forget_metrics
from ai.switches import forget_switches
from api.tokens import issue_token
from tests import flush, judged
from tests.billing.shop import Shop, Till, configure, stock
from tests.cast import open_cast_account
from tests.fakes.provider import ScriptedProvider, install
from tests.fakes.stripe import running_stripe

flush.install()
judged.install()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """pytest-django's; before the database is dropped, whoever still holds it lets go."""
    yield
    with django_db_blocker.unblock():
        flush.end_other_sessions()


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    """No test leans on the network."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _private_folders(settings: Any, tmp_path: Any) -> None:
    """Nothing that a test writes stays."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MAIL_DIR = tmp_path / "mail"
    # No manifest: nobody collects static files before a test.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    # A cast of four with a real hash each would take seconds a test.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    """Each test has the whole of every rate limit."""
    for cache in caches.all(initialized_only=True):
        cache.clear()
    forget_switches()
    forget_health()
    forget_metrics()


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A request in French leaves its thread French; the next test's reader may be another."""
    yield
    translation.deactivate()


@pytest.fixture
def alice(db: None) -> User:
    """The owner, on FREE."""
    return open_cast_account("alice")


@pytest.fixture
def bob(db: None) -> User:
    """The subscriber, on PRO."""
    return open_cast_account("bob", plan="PRO")


@pytest.fixture
def charlie(db: None) -> User:
    """The stranger."""
    return open_cast_account("charlie")


@pytest.fixture
def sam(db: None) -> User:
    """Staff."""
    return open_cast_account("sam", is_staff=True, is_superuser=True)


@pytest.fixture
def api_client() -> Callable[..., Client]:
    """A client that signs in with an API token: `api_client(alice).get(...)`."""

    def make(user: User | None = None, **token: Any) -> Client:
        headers = {}
        if user is not None:
            plain = issue_token(user=user, name="test", **token)
            headers["Authorization"] = f"Bearer {plain}"
        return Client(headers=headers, raise_request_exception=False)

    return make


@pytest.fixture
def scripted(settings: Any, tmp_path: Any) -> Iterator[ScriptedProvider]:
    """A provider that says what the test tells it to."""
    with install(settings, tmp_path) as fake:
        yield fake


@pytest.fixture(scope="session")
def till() -> Iterator[Till]:
    """A Stripe of ours for servers that several tests share."""
    with running_stripe() as stripe:
        yield stripe, stock(stripe)


@pytest.fixture
def shop(db: None, settings: Any) -> Iterator[Shop]:
    """A Stripe of ours, empty but for what is sold."""
    with running_stripe() as stripe:
        yield configure(settings, stripe, stock(stripe))


@pytest.fixture
def open_shop(transactional_db: None, settings: Any) -> Iterator[Shop]:
    """The same, whose rows other threads see."""
    with running_stripe() as stripe:
        yield configure(settings, stripe, stock(stripe))
