"""Which ASGI server: the product's stream, or a bare one, on each in turn, one worker.

    make bench ARGS='streams --streams 50 --rounds 3'
    make bench ARGS='streams --app bare --streams 300'

Needs DATABASE_URL at a migrated database to write to (make bench brings one). Prints, for
each server, medians over the rounds: CPU per token of the server's processes (µs), time to the
first token (ms), how long a stream took against the pace of the model, and memory.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

import aiohttp
import psutil  # type: ignore[import-untyped]

from huntaze.launch.ports import free_port

TOKENS = 100
INTERVAL = 0.02
SERVERS = {
    "granian": [
        "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--backlog", "4096",
        "--backpressure", "4096", "--log-level", "error", "--port", "{port}", "{app}",
    ],
    "uvicorn": [
        "-m", "uvicorn", "--host", "127.0.0.1", "--log-level", "warning", "--backlog", "4096",
        "--port", "{port}", "{app}",
    ],
}  # fmt: skip

APPS = {"product": "huntaze.asgi:application", "bare": "benchmarks.bare:application"}


@dataclass
class Figures:
    """What the rounds of one server came to."""

    cpu_us_per_token: list[float] = field(default_factory=list)
    first_token_ms: list[float] = field(default_factory=list)
    pace: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)
    unfinished: int = 0


def family(root: psutil.Process) -> list[psutil.Process]:
    """A process and what it started."""
    return [root, *root.children(recursive=True)]


def cpu_seconds(root: psutil.Process) -> float:
    """User and system time of a family."""
    return sum(sum(each.cpu_times()[:2]) for each in family(root))


async def one_stream(session: aiohttp.ClientSession, url: str) -> tuple[float, float, int]:
    """(seconds to the first token, seconds in all, deltas' tokens) of one stream."""
    begin, first, tokens = time.monotonic(), 0.0, 0
    async with session.post(url, json={"prompt": "hi"}) as answer:
        async for line in answer.content:
            if line.startswith(b'data: {"text"'):
                first = first or time.monotonic() - begin
                tokens += line.count(b"word")
    return first, time.monotonic() - begin, tokens


async def load(url: str, token: str, streams: int) -> list[tuple[float, float, int]]:
    """All streams, begun within two seconds."""
    headers = {"Authorization": f"Bearer {token}"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:

        async def later(number: int) -> tuple[float, float, int]:
            await asyncio.sleep(2 * number / streams)
            return await one_stream(session, url)

        return list(await asyncio.gather(*(later(number) for number in range(streams))))


def measure(
    name: str, app: str, token: str, *, streams: int, upstream: int, figures: Figures
) -> None:
    """One round of one server."""
    port = free_port()
    arguments = [each.format(port=port, app=app) for each in SERVERS[name]]
    environment = {
        **os.environ,
        "OPENAI_API_KEY": "sk-benchmark",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream}/v1",
        "LOG_LEVEL": "ERROR",
    }
    with subprocess.Popen([sys.executable, *arguments], env=environment) as process:
        try:
            url = f"http://127.0.0.1:{port}/api/ai/generate/stream"
            asyncio.run(_ready(f"http://127.0.0.1:{port}/healthz"))
            asyncio.run(load(url, token, 5))
            root = psutil.Process(process.pid)
            before = cpu_seconds(root)
            results = asyncio.run(load(url, token, streams))
            used = cpu_seconds(root) - before
            figures.rss_mb.append(sum(each.memory_info().rss for each in family(root)) / 1e6)
        finally:
            process.terminate()
            process.wait(20)
    whole = [each for each in results if each[2] == TOKENS]
    figures.unfinished += streams - len(whole)
    figures.cpu_us_per_token.append(used / max(1, sum(each[2] for each in results)) * 1e6)
    figures.first_token_ms.append(statistics.median(each[0] for each in whole) * 1000)
    figures.pace.append(statistics.median(each[1] for each in whole) / (TOKENS * INTERVAL))


async def _ready(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(300):
            try:
                async with session.get(url) as answer:
                    answer.raise_for_status()
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def issue_token() -> str:
    """A token that no limit applies to."""
    command = [sys.executable, "manage.py", "issue_token", "benchmark@example.com", "--create"]
    command += ["--plan", "ENTERPRISE", "--unlimited"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--app", choices=APPS, default="product")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    port, token = free_port(), issue_token()
    figures = {name: Figures() for name in SERVERS}
    command = [sys.executable, "-m", "benchmarks.upstream", str(port), str(TOKENS), str(INTERVAL)]
    with subprocess.Popen(command) as upstream:
        try:
            for _ in range(options.rounds):
                for name, each in figures.items():
                    app, count = APPS[options.app], options.streams
                    measure(name, app, token, streams=count, upstream=port, figures=each)
        finally:
            upstream.terminate()
    pace = f"{TOKENS} tokens at {1 / INTERVAL:.0f} tokens/s"
    print(f"{options.app}: {options.streams} streams of {pace}")
    print("| server | CPU µs a token | first token ms | duration ÷ pace | MB | unfinished |")
    print("|---|---|---|---|---|---|")
    for name, each in figures.items():
        columns = (each.cpu_us_per_token, each.first_token_ms, each.pace, each.rss_mb)
        cells = " | ".join(f"{statistics.median(values):.2f}" for values in columns)
        print(f"| {name} | {cells} | {each.unfinished} |")


if __name__ == "__main__":
    main()
