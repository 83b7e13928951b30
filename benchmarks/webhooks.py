"""`POST /api/billing/webhooks`: checked, stored once, acknowledged; ours, and as in Stripe's docs.

    make bench ARGS='webhooks --rounds 5'

Both take the same signed events (an invoice of Stripe's), of which a tenth comes twice, with one
Granian worker on the first core; the load comes from the second. Ours has its job woken as well,
whose worker runs elsewhere. Prints medians over the rounds, the systems in turn within each: flat
out, where the rate counts, and at one fixed rate for both, where the latency does.
"""

import argparse
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from psycopg import connect

from benchmarks.serving import System, measure
from tests.fakes.stripe import sign

PATH = "/api/billing/webhooks"
PAYLOAD = Path(__file__).parent.parent / "tests/payloads/stripe/2026-08-26.dahlia"
SECRET = "whsec_" + "measured" * 4
TWICE = 0.1
# Of the fixed rate: so many clients, each with a pause after every answer.
STEADY_CLIENTS, STEADY_PAUSE_SECONDS = 8, 0.1


def messages(seed: int) -> Iterator[bytes]:
    """Requests without an end, each signed as it is sent."""
    event = json.loads((PAYLOAD / "event.json").read_text())
    event["type"] = "invoice.paid"
    event["data"] = {"object": json.loads((PAYLOAD / "invoice.json").read_text())}
    chance, last = random.Random(seed), ""  # noqa: S311  (the same in every run)
    while True:
        if not last or chance.random() >= TWICE:
            last = f"evt_{secrets.token_hex(12)}"
        body = json.dumps({**event, "id": last}, indent=2).encode()
        lines = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        lines += f"Content-Length: {len(body)}\r\nStripe-Signature: {sign(body, SECRET)}\r\n\r\n"
        yield lines.encode() + body


def _check(body: bytes) -> None:
    """Raises RuntimeError for another answer."""
    if json.loads(body) != {"received": True}:
        raise RuntimeError(body.decode())


def _ours() -> dict[str, str]:
    """Where the database is, by the peer's variables."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huntaze.settings")
    django.setup()
    from django.db import connection

    facts = connection.get_connection_params()
    return {
        "PEER_DATABASE": f"{facts['dbname']}_peer",
        "PEER_HOST": str(facts.get("host", "")),
        "PEER_PORT": str(facts.get("port", "")),
        "PEER_USER": str(facts.get("user", "postgres")),
    }


def _prepare() -> dict[str, str]:
    """An empty database for the peer."""
    where = _ours()
    facts: dict[str, Any] = {"host": where["PEER_HOST"], "user": where["PEER_USER"]}
    if where["PEER_PORT"]:
        facts["port"] = where["PEER_PORT"]
    name = where["PEER_DATABASE"]
    with connect(dbname="postgres", autocommit=True, **facts) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')  # type: ignore[arg-type, unused-ignore]
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type, unused-ignore]
    make = "from benchmarks.peers.hooks import Event; from django.db import connection\n"
    make += "with connection.schema_editor() as editor: editor.create_model(Event)"
    subprocess.run([sys.executable, "-c", make], check=True, env={**os.environ, **where})
    return where


def report(title: str, systems: list[System]) -> None:
    """A table, with ratios to the last one."""
    last = systems[-1]
    print(f"{title}, medians of {len(last.per_second)} rounds")
    print("| system | events/s | p50 ms | p95 ms | CPU ms an event | rate ÷ | p95 ÷ |")
    print("|---|---|---|---|---|---|---|")
    middle = statistics.median
    for each in systems:
        rate, p95 = middle(each.per_second), middle(each.p95_ms)
        cells = [f"{rate:.0f}", f"{middle(each.p50_ms):.2f}", f"{p95:.2f}"]
        cells += [f"{middle(each.cpu_ms):.2f}", f"{rate / middle(last.per_second):.2f}"]
        cells += [f"{p95 / middle(last.p95_ms):.2f}"]
        note = f" ({each.failed} failed)" if each.failed else ""
        print(f"| {each.name}{note} | {' | '.join(cells)} |")


def main() -> None:
    """Prepare, run the rounds, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clients", type=int, default=50)
    options = parser.parse_args()
    os.sched_setaffinity(0, {1})
    peer = {**_prepare(), "STRIPE_WEBHOOK_SECRET": SECRET}
    ours = {"STRIPE_WEBHOOK_SECRET": SECRET, "LOG_LEVEL": "ERROR"}
    ours |= {"REDIS_URL": os.environ["TEST_REDIS_URL"], "LOCAL_MODEL": "off"}

    def systems() -> list[System]:
        return [
            System("Huntaze", "huntaze.asgi:application", ours),
            System("stripe + get_or_create", "benchmarks.peers.hooks:application", peer),
        ]

    flat_out, steady = systems(), systems()
    seed = int(time.time())
    for number in range(options.rounds):
        for one, other in zip(flat_out, steady, strict=True):
            stream = messages(seed + number)
            measure(one, stream, options.clients, options.seconds, _check)
            pause = STEADY_PAUSE_SECONDS
            measure(other, stream, STEADY_CLIENTS, options.seconds, _check, pause=pause)
            print(one.name, round(one.per_second[-1]), file=sys.stderr)
    report(f"{options.clients} clients, flat out", flat_out)
    report(f"{STEADY_CLIENTS} clients, {1 / STEADY_PAUSE_SECONDS:.0f} a second each", steady)


if __name__ == "__main__":
    main()
