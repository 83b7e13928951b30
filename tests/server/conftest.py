"""A real ASGI server between a real client and a model server of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from redis import Redis

from accounts.models import User
from ai.models import Generation
from api.tokens import issue_token
from tests.billing import shop
from tests.billing.shop import Till
from tests.described import judge
from tests.fakes.model_server import ModelServer, running_model_server
from tests.live import LiveServer, running_server
from tests.redis_database import redis_url
from tests.server.client import Caller
from tests.server.counter import counter, peer, studio, wire
from tests.server.desk import Desk

# Fixtures for the folder.
__all__ = ("counter", "peer", "studio", "wire")
WORKERS = 4


@dataclass
class Scene(Desk):
    """With the model server of ours behind it."""

    models: ModelServer


def variables(models: ModelServer) -> dict[str, str]:
    """What a server is told of its models."""
    return {
        "OPENAI_API_KEY": "sk-secret",
        "OPENAI_BASE_URL": models.url,
        "LOCAL_MODEL": "off",
        # As in production, but for https: no page of the debugger may hide an error.
        "DEBUG": "off",
    }


@pytest.fixture(scope="package", autouse=True)
def _description() -> None:
    """Made before there is a clock: a client that judges its first frame would fall behind."""
    judge()


@pytest.fixture(scope="package")
def models() -> Iterator[ModelServer]:
    """One model server for the folder; each test writes its script."""
    with running_model_server() as running:
        yield running


@pytest.fixture(scope="package")
def shared_server(
    django_db_setup: None,
    django_db_blocker: Any,
    models: ModelServer,
    till: Till,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """One server for the tests that leave it as it was."""
    with django_db_blocker.unblock():
        # Its name is that of the test database, known once somebody has connected.
        connection.ensure_connection()
    folder: Path = tmp_path_factory.mktemp("server")
    with running_server(folder, **variables(models), **shop.variables(*till)) as server:
        yield server


@pytest.fixture(scope="package")
def four(
    django_db_setup: None,
    django_db_blocker: Any,
    models: ModelServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """One server of four processes."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
    facts = {**variables(models), "REDIS_URL": redis_url(), "DATABASE_POOL_SIZE": "4"}
    facts |= {"WEB_CONCURRENCY": str(WORKERS), "TRUSTED_PROXIES": "127.0.0.1/32"}
    with running_server(tmp_path_factory.mktemp("four"), **facts) as server:
        yield server
    with Redis.from_url(redis_url()) as client:
        client.flushdb()


@pytest.fixture(scope="package")
def both(
    django_db_setup: None,
    django_db_blocker: Any,
    models: ModelServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[LiveServer, LiveServer]]:
    """Two servers on one database and one Redis, before every kind of provider."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
    folder = tmp_path_factory.mktemp("both")
    facts = {**variables(models), **every_provider(models), "REDIS_URL": redis_url()}
    with (
        # Their sessions at the database are told apart by a name.
        running_server(folder, **facts, PGAPPNAME="first") as first,
        running_server(folder, **facts, PGAPPNAME="second") as second,
    ):
        yield first, second
    with Redis.from_url(redis_url()) as client:
        client.flushdb()


@pytest.fixture
def among_them(settings: Any) -> None:
    """This process has the servers' Redis, too."""
    settings.REDIS_URL = redis_url()
    backend = "django_redis.cache.RedisCache"
    shared = {"BACKEND": backend, "LOCATION": redis_url(), "KEY_PREFIX": "huntaze"}
    settings.CACHES = {"default": shared, "counters": shared}


def every_provider(models: ModelServer) -> dict[str, str]:
    """All of them are the one model server, but for the local one, which nobody can reach."""
    host = models.url.removesuffix("/v1")
    return {
        "ANTHROPIC_API_KEY": "sk-ant-secret",
        "ANTHROPIC_BASE_URL": host,
        "AZURE_OPENAI_API_KEY": "azure-secret",
        "AZURE_OPENAI_ENDPOINT": host,
        "AZURE_OPENAI_API_VERSION": "2024-10-21",
        "HUNTAZE_LOCAL_MODEL_URL": "http://127.0.0.1:1/v1",
        "AI_MINI_MODELS": "openai:gpt-4o-mini,anthropic:claude-haiku-4-5",
        "AI_FULL_MODELS": "local:local,azure:gpt-4.1",
    }


def make_scene(server: LiveServer, models: ModelServer, user: User) -> Scene:
    """Alice with a token at a server; the model server begins afresh."""
    models.requests.clear()
    models.by_model.clear()
    token = issue_token(user=user, name="test")
    return Scene(server, Caller(server.port, token), user, models)


@pytest.fixture
def scene(
    transactional_db: None, shared_server: LiveServer, models: ModelServer, alice: User
) -> Iterator[Scene]:
    """Alice at the shared server; nothing runs on behind the test."""
    made = make_scene(shared_server, models, alice)
    yield made
    made.until(lambda: not Generation.objects.streaming().exists())


@pytest.fixture
def own_scene(
    transactional_db: None, models: ModelServer, alice: User, tmp_path: Path
) -> Iterator[Scene]:
    """Alice at a server that the test may end."""
    with running_server(tmp_path, **variables(models)) as server:
        yield make_scene(server, models, alice)
