"""What is emptied behind a test, under a server that goes on."""

import pytest

from ai.models import Generation, Producer
from tests.factories import make_producer
from tests.flush import empty_tables
from tests.server.conftest import Scene

pytestmark = pytest.mark.server


def test_a_server_that_runs_keeps_its_lease(own_scene: Scene) -> None:
    """Else the next periodic job ends what the next test has it write."""
    with own_scene.alice.generate() as reading:
        reading.rest()
    mine = Producer.objects.get(pk=str(own_scene.settled().producer_id))
    theirs = make_producer()
    empty_tables(None)
    assert not Generation.objects.exists()
    assert set(Producer.objects.all()) & {mine, theirs} == {mine}
    own_scene.server.kill()
    empty_tables(None)
    assert mine not in set(Producer.objects.all())
