"""A system under load: one Granian worker on the first core, clients that ask on the second."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]

from benchmarks.streams import cpu_seconds
from huntaze.launch.ports import free_port

WARM_UP_SECONDS = 1.5


@dataclass
class System:
    """What is measured: its application and variables; a figure a round in each list."""

    name: str
    application: str
    variables: dict[str, str] = field(default_factory=dict)
    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p95_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    failed: int = 0


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: bytes
) -> tuple[bytes, bytes]:
    """(head, body) of the answer."""
    writer.write(message)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


async def _client(
    port: int, messages: Iterator[bytes], until: float, times: list[float], pause: float
) -> int:
    """Ask again and again over one connection; how many answers were no 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    failed = 0
    while time.perf_counter() < until:
        message = next(messages)
        began = time.perf_counter()
        head, _body = await _ask(reader, writer, message)
        times.append(time.perf_counter() - began)
        failed += not head.startswith(b"HTTP/1.1 200")
        if pause:
            await asyncio.sleep(pause)
    writer.close()
    return failed


async def _load(
    port: int, messages: Iterator[bytes], clients: int, seconds: float, pause: float
) -> tuple[list[float], int]:
    times: list[float] = []
    until = time.perf_counter() + seconds
    running = [_client(port, messages, until, times, pause) for _ in range(clients)]
    return times, sum(await asyncio.gather(*running))


@contextlib.contextmanager
def serving(
    system: System, message: bytes, check: Callable[[bytes], None]
) -> Iterator[tuple[int, psutil.Process]]:
    """The system on a port of its own, its processes on the first core; (port, its process)."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--log-level", "error", system.application]
    environment = {**os.environ, **system.variables}
    with subprocess.Popen(command, env=environment) as process:
        try:
            psutil.Process(process.pid).cpu_affinity([0])
            check(asyncio.run(_answer(port, message)))
            for each in psutil.Process(process.pid).children(recursive=True):
                each.cpu_affinity([0])
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(20)


async def _answer(port: int, message: bytes) -> bytes:
    """The first one: it may take a while. Raises RuntimeError for none, or for a refusal."""
    for _ in range(300):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head, body = await _ask(reader, writer, message)
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.1)
            continue
        writer.close()
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{head!r} {body!r}")
        return body
    raise RuntimeError(f"Port {port} does not answer")


def measure(
    system: System,
    messages: Iterator[bytes],
    clients: int,
    seconds: float,
    check: Callable[[bytes], None],
    *,
    pause: float = 0,
) -> None:
    """One round; `pause` seconds lie between a client's answer and its next request."""
    with serving(system, next(messages), check) as (port, process):
        asyncio.run(_load(port, messages, clients, WARM_UP_SECONDS, pause))
        before = cpu_seconds(process)
        times, failed = asyncio.run(_load(port, messages, clients, seconds, pause))
        used = cpu_seconds(process) - before
    times.sort()
    system.failed += failed
    system.per_second.append(len(times) / seconds)
    system.p50_ms.append(times[len(times) // 2] * 1000)
    system.p95_ms.append(times[int(len(times) * 0.95)] * 1000)
    system.cpu_ms.append(used / len(times) * 1000)
