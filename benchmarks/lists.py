"""`GET /api/content?limit=20`, signed in, 32 clients: ours, a stock DRF list, FastAPI + asyncpg.

    make bench ARGS='lists --rounds 5'

Each serves the same rows with one Granian worker on the first core; the load comes from the
second. Prints requests a second, latency and CPU of the server's processes per request: medians
over the rounds, the systems in turn within each round. Ours is measured with Redis, where answers
are cached (`TEST_REDIS_URL`, or a private server where the machine has the binary), and without.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]

from benchmarks.streams import cpu_seconds
from huntaze.launch.ports import free_port

CLIENTS = 32
TARGET = "/api/content?limit=20"


@dataclass
class System:
    """What is measured: its application, its variables, what its requests carry."""

    name: str
    application: str
    authorization: str
    variables: dict[str, str] = field(default_factory=dict)
    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p95_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    failed: int = 0


async def _client(port: int, message: bytes, until: float, times: list[float]) -> int:
    """Ask again and again over one connection; how many answers were no 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    failed = 0
    while (began := time.perf_counter()) < until:
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        times.append(time.perf_counter() - began)
        failed += not head.startswith(b"HTTP/1.1 200")
    writer.close()
    return failed


async def _load(port: int, message: bytes, seconds: float) -> tuple[list[float], int]:
    times: list[float] = []
    until = time.perf_counter() + seconds
    clients = [_client(port, message, until, times) for _ in range(CLIENTS)]
    return times, sum(await asyncio.gather(*clients))


@contextlib.contextmanager
def _serving(system: System) -> Iterator[tuple[int, psutil.Process]]:
    """The system on a port of its own, its processes on the first core."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--log-level", "error", system.application]
    environment = {**os.environ, **system.variables}
    with subprocess.Popen(command, env=environment) as process:
        try:
            psutil.Process(process.pid).cpu_affinity([0])
            _wait(f"http://127.0.0.1:{port}{TARGET}", system.authorization)
            for each in psutil.Process(process.pid).children(recursive=True):
                each.cpu_affinity([0])
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(20)


def _wait(url: str, authorization: str) -> None:
    """Until it answers, and rightly. Raises RuntimeError for an answer of another shape."""
    request = urllib.request.Request(url, headers={"Authorization": authorization})
    for _ in range(300):
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                body = json.load(answer)
        except OSError:
            time.sleep(0.1)
            continue
        rows = body.get("content") or body.get("results")
        if len(rows) != 20:
            raise RuntimeError(f"{url} answers {len(rows)} rows")
        return
    raise RuntimeError(f"{url} does not answer")


def measure(system: System, seconds: float) -> None:
    """One round."""
    lines = f"GET {TARGET} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {system.authorization}"
    message = f"{lines}\r\nAccept: application/json\r\n\r\n".encode()
    with _serving(system) as (port, process):
        asyncio.run(_load(port, message, 1.5))
        before = cpu_seconds(process)
        times, failed = asyncio.run(_load(port, message, seconds))
        used = cpu_seconds(process) - before
    times.sort()
    system.failed += failed
    system.per_second.append(len(times) / seconds)
    system.p50_ms.append(times[len(times) // 2] * 1000)
    system.p95_ms.append(times[int(len(times) * 0.95)] * 1000)
    system.cpu_ms.append(used / len(times) * 1000)


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
            System("Huntaze, Redis", app, ours, {"REDIS_URL": url, **quiet}),
            System("Huntaze, memory", app, ours, quiet),
            System("stock DRF", "benchmarks.peers.stock:application", theirs, found),
            System("FastAPI + asyncpg", "benchmarks.peers.fast:application", theirs, found),
        ]
        systems = [each for each in systems if options.only in each.name]
        for _ in range(options.rounds):
            for each in systems:
                measure(each, options.seconds)
                print(each.name, round(each.per_second[-1]), file=sys.stderr)
    if not options.only:  # ratios need every system
        report(systems)


if __name__ == "__main__":
    main()
