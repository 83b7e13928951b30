"""A real server, and how long it is asked."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.billing.shop import Shop, Till, configure, variables
from tests.fakes.model_server import Script, running_model_server
from tests.fuzz.post import running_post
from tests.fuzz.rig import Rig
from tests.live import LiveServer, running_server

IDEA = {
    "title": "Kiln day",
    "description": "Show what comes out, the cracked ones first.",
    "type": "POST",
    "tags": ["clay"],
    "difficulty": "easy",
}
# Of each operation and phase. More by hand: FUZZ_EXAMPLES=500 make test ARGS=tests/fuzz
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))
# The sweep over each schema's edges takes longest: the owner's is enough of it for every day.
IS_THOROUGH = EXAMPLES >= 50
WITHOUT_SWEEP = () if IS_THOROUGH else ("--phases", "examples,fuzzing,stateful")
SEED = int(os.environ.get("FUZZ_SEED", "20261122"))


@pytest.fixture
def shop(till: Till, settings: Any) -> Shop:
    """The server's Stripe, behind this process as well."""
    return configure(settings, *till)


@pytest.fixture(scope="package")
def server(
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
    till: Till,
) -> Iterator[LiveServer]:
    """As in production, but for https; its models write for a moment, so that one can be ended."""
    with django_db_blocker.unblock():
        # Its name is that of the test database, known once somebody has connected.
        connection.ensure_connection()
    folder: Path = tmp_path_factory.mktemp("fuzz")
    with running_model_server() as models, running_post(folder) as post:
        models.script = Script(gap_seconds=0.004)
        models.by_words["json_schema"] = Script((json.dumps({"ideas": [IDEA]}),))
        facts = {"OPENAI_API_KEY": "sk-secret", "OPENAI_BASE_URL": models.url}
        # Who is believed about addresses is everybody here: limits of an address are no subject.
        facts |= {"TRUSTED_PROXIES": "127.0.0.1/32", "LOCAL_MODEL": "off", "DEBUG": "off"}
        facts |= {"EMAIL_PROVIDER": "smtp", "EMAIL_HOST": "127.0.0.1", "EMAIL_USE_TLS": "off"}
        facts["EMAIL_PORT"] = str(post)
        facts |= variables(*till)
        # Sessions are made by the tests.
        facts["SECRET_KEY"] = settings.SECRET_KEY
        with running_server(folder, **facts) as running:
            yield running


@pytest.fixture
def codes(server: LiveServer) -> Path:
    """The folder where the codes of mails are."""
    return server.log.parent


@pytest.fixture
def rig(transactional_db: None, server: LiveServer, tmp_path: Path) -> Rig:
    """Ready to fuzz."""
    return Rig(server.url, tmp_path, EXAMPLES, SEED)
