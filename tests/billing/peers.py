"""What others made of Stripe, out of npm: each does a part of it, and that part apart from ours.

- emulate: products, prices, customers, Checkout with a page to pay on, signed events.
- stripe-stateful-mock: the API of 2020, with idempotency keys and subscriptions.
"""

import contextlib
import json
import os
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from huntaze.launch import node
from huntaze.launch.paths import ROOT
from huntaze.launch.ports import free_port
from huntaze.launch.processes import Child

PATIENCE_SECONDS = 30.0
PRODUCT = "Huntaze Pro"


@contextlib.contextmanager
def running_emulate(folder: Path, price: str, hook: str, secret: str) -> Iterator[str]:
    """Its address. It sells one price, and tells of everything at `hook`, signed."""
    port = free_port()
    seed = folder / "emulate.yaml"
    sold = {"product_name": PRODUCT, "currency": "usd", "unit_amount": 2_900, "id": price}
    told = {"url": hook, "events": ["*"], "secret": secret}
    # JSON is YAML as well.
    facts = {"products": [{"name": PRODUCT}], "prices": [sold], "webhooks": [told]}
    seed.write_text(json.dumps({"stripe": facts}))
    arguments = ["start", "--service", "stripe", "--port", str(port), "--seed", str(seed)]
    with _running("emulate", arguments, port, folder) as address:
        yield address


@contextlib.contextmanager
def running_stateful_mock(folder: Path) -> Iterator[str]:
    """Its address."""
    port = free_port()
    facts = {"PORT": str(port), "LOG_LEVEL": "error"}
    with _running("stripe-stateful-mock", [], port, folder, facts) as address:
        yield address


@contextlib.contextmanager
def _running(
    name: str,
    arguments: Sequence[str],
    port: int,
    folder: Path,
    facts: Mapping[str, str] | None = None,
) -> Iterator[str]:
    node.ensure(node.PEERS)
    address, log = f"http://127.0.0.1:{port}", folder / f"{name}.log"
    command = [node.node(), str(node.modules(node.PEERS) / ".bin" / name), *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **(facts or {})}
    child = Child(name, command, env=environment, cwd=ROOT, log=log)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _answers(address):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield address
    finally:
        child.kill_group()
        child.wait()


def _answers(address: str) -> bool:
    try:
        listed(address, "customers")
    except OSError:
        return False
    return True


def listed(address: str, kind: str) -> list[dict[str, Any]]:
    """Everything of a kind that a peer has."""
    keys = {"Authorization": "Bearer sk_test_of_a_peer"}
    request = urllib.request.Request(f"{address}/v1/{kind}", headers=keys)
    with urllib.request.urlopen(request, timeout=5) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]
    return found


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_facts: Any, **_more: Any) -> None:
        """Where it leads is what is asked."""


def pressed(url: str) -> str:
    """Send a form without fields; where it leads."""
    try:
        urllib.request.build_opener(_Stay).open(url, data=b"", timeout=5)
    except HTTPError as answer:
        return str(answer.headers["Location"])
    raise AssertionError(f"{url} leads nowhere")
