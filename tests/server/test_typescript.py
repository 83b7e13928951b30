"""The TypeScript client does the main job in Node against a real server."""

import os
import subprocess
from typing import Any

import pytest

from ai.models import Generation
from content.models import Content
from huntaze.launch import node
from tests.fakes.model_server import Script
from tests.server.conftest import Scene

pytestmark = pytest.mark.server
PATIENCE_SECONDS = 60


def run(program: str, scene: Scene, **more: str) -> Any:
    """A program of the client's folder, as Alice."""
    node.ensure()
    token = scene.alice.headers["Authorization"].removeprefix("Bearer ")
    return subprocess.run(
        [node.node(), program],
        cwd=node.CLIENT,
        env={"PATH": os.environ["PATH"], "HUNTAZE_URL": scene.server.url, "HUNTAZE_TOKEN": token}
        | more,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_the_main_job(scene: Scene) -> None:
    scene.models.script = Script(gap_seconds=0.2)
    done = run("examples/main-job.ts", scene)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("done\n")
    piece = Content.objects.get(status="PUBLISHED", user=scene.user)
    assert piece.title == "The kiln opens tonight"
    assert Content.objects.filter(user=scene.user).count() == 2
    assert Generation.objects.get(user=scene.user).text == "Clay remembers the hand."
    assert len(scene.models.requests) == 1


def test_streams_that_break_are_taken_up_again() -> None:
    node.ensure()
    done = subprocess.run(
        [node.node(), "--test", "tests/stream.test.ts"],
        cwd=node.CLIENT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "fail 0" in done.stdout
    assert "pass 0" not in done.stdout
