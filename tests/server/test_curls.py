"""Every `curl` of docs/api.md runs against a real server, and every operation has one."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from api.tokens import issue_token
from billing.models import BillingAccount
from huntaze.description.hooks import OPERATIONS
from tests.ai.talk.test_reading import answer, idea
from tests.billing.shop import Till
from tests.described import judge
from tests.fakes.model_server import Script
from tests.fakes.stripe import FakeStripe
from tests.server.conftest import Scene

pytestmark = pytest.mark.server
BLOCK = re.compile(
    r"^<!-- (\w+) (\d{3})((?: \w+=[\w.]+)*) -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
PAGE = (settings.BASE_DIR / "docs" / "api.md").read_text()
# The page's commands as they stand; only what curl says goes to files.
SHELL = 'curl() {{ command curl -sS -o "{body}" -w "%{{http_code}}" "$@"; }}\n{command}'


@dataclass(frozen=True, slots=True)
class Call:
    """A block of the page: which operation, what it answers, what is kept of it."""

    operation: str
    status: int
    kept: dict[str, str]
    command: str


def calls() -> list[Call]:
    """In the order of the page."""
    return [
        Call(name, int(status), dict(pair.split("=") for pair in kept.split()), command)
        for name, status, kept, command in BLOCK.findall(PAGE)
    ]


def test_every_operation_has_a_curl() -> None:
    assert {call.operation for call in calls()} == {each.id for each in OPERATIONS.values()}
    assert len(calls()) == PAGE.count("```sh\n")


@pytest.mark.parametrize("call", calls(), ids=lambda call: f"{call.operation}-{call.status}")
def test_a_curl_is_of_the_operation_that_it_stands_for(call: Call) -> None:
    address = re.search(r'"\$URL(/api/[^"?]+)', call.command)
    method = re.search(r"-X ([A-Z]+)", call.command)
    assert address, call.command
    route = judge().route_of(re.sub(r"\$\w+", "x", address[1]))
    name = method[1].lower() if method else "post" if " -d " in call.command else "get"
    assert OPERATIONS[f"{name} {route}"].id == call.operation


@pytest.mark.skipif(
    not shutil.which("curl") and not os.environ.get("CI"), reason="no curl on this machine"
)
def test_every_curl_does_what_the_page_says(
    scene: Scene, till: Till, sam: User, tmp_path: Path
) -> None:
    scene.models.script = Script()
    ideas = answer(*(idea(title) for title in ("The crack", "The kiln", "The glaze")))
    scene.models.by_words["ideas about their topic"] = Script(pieces=(ideas,))
    body = tmp_path / "body"
    known = {
        "PATH": os.environ["PATH"],
        "URL": scene.server.url,
        "TOKEN": scene.alice.headers["Authorization"].removeprefix("Bearer "),
        "STAFF_TOKEN": issue_token(user=sam, name="staff"),
    }
    for call in calls():
        body.unlink(missing_ok=True)
        script = "set -u\n" + SHELL.format(body=body, command=call.command)
        done = subprocess.run(
            ["bash", "-c", script], env=known, capture_output=True, text=True, check=False
        )
        said = body.read_text() if body.exists() else ""
        assert done.stdout == str(call.status), (call, done.stdout, done.stderr, said)
        known |= {name: _at(json.loads(said), path) for name, path in call.kept.items()}
        if call.operation == "beginCheckout":
            _pay(scene, till[0], known["SESSION"])


def _pay(scene: Scene, stripe: FakeStripe, session_id: str) -> None:
    """What somebody does on Stripe's page, and Stripe tells the server."""
    stripe.pay(session_id)
    stripe.endpoint_url = f"{scene.server.url}/api/billing/webhooks"
    assert set(stripe.deliver_all()) == {200}
    scene.until(lambda: BillingAccount.objects.filter(pk=scene.user.pk, plan="PRO").exists())


def _at(said: Any, path: str) -> str:
    """A value of an answer: `ideas.0.id`."""
    for part in path.split("."):
        said = said[int(part) if part.isdigit() else part]
    return str(said)
