"""The commands of the processes that serve: Granian, the background worker, the preparation."""

import http.client
import sys
from importlib.util import find_spec

from huntaze.launch.config import Config

APPLICATION = "huntaze.asgi:application"
# Granian's defaults stop at 1,024 connections; a stream holds one for as long as it lasts.
BACKLOG = 8192
BACKPRESSURE = 8192


def granian_options(processes: int) -> list[str]:
    """What development and production share."""
    loop = "uvloop" if find_spec("uvloop") else "asyncio"
    return [
        "--interface=asgi",
        f"--loop={loop}",
        f"--workers={processes}",
        f"--backlog={BACKLOG}",
        f"--backpressure={BACKPRESSURE}",
        # One that is killed comes back; one that cannot start ends the server.
        "--respawn-failed-workers",
        "--log-level=warning",
    ]


def web_command(config: Config) -> list[str]:
    """The ASGI server."""
    where = [f"--host={config.bind}", f"--port={config.port}"]
    return [
        sys.executable,
        "-m",
        "granian",
        *granian_options(config.processes),
        *where,
        APPLICATION,
    ]


def worker_command() -> list[str]:
    """The background worker beside it."""
    return [sys.executable, "manage.py", "worker"]


def prepare_command() -> list[str]:
    """Migrations and the demo creator."""
    return [sys.executable, "-m", "huntaze.launch.prepare"]


def health(config: Config) -> int | None:
    """The status of /healthz; None while nobody answers."""
    connection = http.client.HTTPConnection(config.own_host, config.port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": config.host_header})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
