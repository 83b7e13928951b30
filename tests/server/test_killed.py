"""A server that is killed while it writes, and the worker that finds out by itself."""

import time
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import User
from tests.fakes.model_server import ModelServer, Script
from tests.live import running_server
from tests.server.conftest import make_scene, variables

pytestmark = pytest.mark.server
# By contract.
SETTLED_WITHIN_SECONDS = 60


def test_what_a_killed_server_wrote_is_settled_within_a_minute(
    transactional_db: None, models: ModelServer, alice: User, tmp_path: Path
) -> None:
    models.script = Script(pieces=("Half ", "never"), gap_seconds=90.0)
    with running_server(tmp_path, **variables(models)) as server:
        scene = make_scene(server, models, alice)
        with scene.alice.generate("About clay") as reading:
            reading.until("delta")
            scene.until(lambda: scene.row().text == "Half ")
            server.kill()
    killed_at = time.monotonic()
    # As an operator would: started again, with its worker inside.
    with running_server(tmp_path, **variables(models)):
        while not scene.row().is_final:
            assert time.monotonic() - killed_at < SETTLED_WITHIN_SECONDS
            time.sleep(0.2)
    row = scene.row()
    assert (row.status, row.error_code, row.text) == ("FAILED", "interrupted", "Half ")
    call = row.calls.get()
    assert (call.status, call.is_estimated) == ("SETTLED", True)
    assert call.sent_tokens
    assert call.fresh_input_tokens == call.sent_tokens
    assert (scene.period().generations_used, scene.period().generations_reserved) == (1, 0)
    call_command("rebuild_usage", "--check")
