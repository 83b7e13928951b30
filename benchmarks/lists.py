"""`GET /api/content?limit=20`, signed in, 32 clients: ours, a stock DRF list, FastAPI + asyncpg.

    make bench ARGS='lists --rounds 5'

Each serves the same rows with one Granian worker on the first core; the load comes from the
second. Prints requests a second, latency and CPU of the server's processes per request: medians
over the rounds, the systems in turn within each round. Ours is measured with Redis, where answers
are cached (`TEST_REDIS_URL`, or a private server where the machine has the binary), and without.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from itertools import repeat

from benchmarks.serving import System, measure

CLIENTS = 32
TARGET = "/api/content?limit=20"


def _message(authorization: str) -> bytes:
    lines = f"GET {TARGET} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {authorization}"
    return f"{lines}\r\nAccept: application/json\r\n\r\n".encode()


def _check(body: bytes) -> None:
    """Raises RuntimeError for an answer of another shape."""
    said = json.loads(body)
    rows = said.get("content") or said.get("results")
    if len(rows) != 20:
        raise RuntimeError(f"It answers {len(rows)} rows")


def prepare(rows: int) -> dict[str, str]:
    """Rows for ours and the same for the peers; their tokens and where the peers' lie."""
    command = [sys.executable, "-m", "benchmarks.rows", str(rows)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, str] = json.loads(answer.splitlines()[-1])
    return found


@contextlib.contextmanager
def _redis() -> Iterator[str]:
    if url := os.environ.get("TEST_REDIS_URL", ""):
        yield url
        return
    raise RuntimeError("Ours is measured with Redis too: TEST_REDIS_URL names none.")


def report(systems: list[System]) -> None:
    """The table, with ratios to the peers."""
    rates = {each.name: statistics.median(each.per_second) for each in systems}
    print(
        f"{TARGET}, {CLIENTS} clients, one worker, medians of {len(systems[0].per_second)} rounds"
    )
    print(
        "| system | requests/s | p50 ms | p95 ms | CPU ms a request | of stock DRF | of FastAPI |"
    )
    print("|---|---|---|---|---|---|---|")
    for each in systems:
        figures = (each.p50_ms, each.p95_ms, each.cpu_ms)
        cells = " | ".join(f"{statistics.median(values):.2f}" for values in figures)
        rate = rates[each.name]
        ratios = f"{rate / rates['stock DRF']:.2f} | {rate / rates['FastAPI + asyncpg']:.2f}"
        note = f" ({each.failed} failed)" if each.failed else ""
        print(f"| {each.name}{note} | {rate:.0f} | {cells} | {ratios} |")


def main() -> None:
    """Prepare, run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    os.sched_setaffinity(0, {1})
    with _redis() as url:
        found = prepare(options.rows)
        ours, theirs = f"Bearer {found.pop('token')}", f"Token {found.pop('key')}"
        app = "huntaze.asgi:application"
        quiet = {"LOG_LEVEL": "ERROR"}
        systems = [
            System("Huntaze, Redis", app, {"REDIS_URL": url, **quiet}),
            System("Huntaze, memory", app, quiet),
            System("stock DRF", "benchmarks.peers.stock:application", found),
            System("FastAPI + asyncpg", "benchmarks.peers.fast:application", found),
        ]
        systems = [each for each in systems if options.only in each.name]
        for _ in range(options.rounds):
            for each in systems:
                message = _message(ours if each.application == app else theirs)
                measure(each, repeat(message), CLIENTS, options.seconds, _check)
                print(each.name, round(each.per_second[-1]), file=sys.stderr)
    if not options.only:  # ratios need every system
        report(systems)


if __name__ == "__main__":
    main()
