"""One text by the real small model, through the whole product."""

from pathlib import Path

import pytest

from accounts.models import User
from ai.models import Generation
from api.tokens import issue_token
from huntaze.launch import localmodel
from tests.live import running_server
from tests.server.client import Caller

pytestmark = [pytest.mark.server, pytest.mark.model]


def test_the_model_of_this_machine_writes(
    transactional_db: None, alice: User, tmp_path: Path
) -> None:
    model = localmodel.choose({})
    assert model is not None, "no model is installed: make test installs it"
    with (
        localmodel.running(model, tmp_path / "model.log"),
        running_server(tmp_path, **model.variables()) as server,
    ):
        caller = Caller(server.port, issue_token(user=alice, name="test"))
        body = {"prompt": "A post about a handmade cup", "length": "short"}
        with caller.stream("POST", "/api/ai/generate/stream", body) as reading:
            reading.rest()
    row = Generation.objects.get()
    assert (row.status, row.provider) == ("DONE", "local")
    assert row.cost_usd == 0
    assert row.text == reading.text
    assert len(row.text.split()) > 5
    assert reading.frames[0][2]["provider"] == "local"
    # As the model's own server counted them.
    assert not row.is_usage_estimated
    assert row.output_tokens
    assert len(reading.frames) > 5
