"""What `make run` was asked for: read from the environment, refused in plain words."""

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from huntaze.launch.errors import LaunchError

DEFAULT_PORT = 8000
HIGHEST_PORT = 65_535
LOOPBACK = "127.0.0.1"
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104  (only read here, to reach ourselves)


@dataclass(frozen=True)
class Config:
    """One launch."""

    port: int = DEFAULT_PORT
    bind: str = LOOPBACK
    processes: int = 1
    site_url: str = ""
    database_url: str = ""
    redis_url: str = ""

    @property
    def address(self) -> str:
        """What a person types."""
        return self.site_url or f"http://localhost:{self.port}"

    @property
    def host_header(self) -> str:
        """A name that ALLOWED_HOSTS lets in."""
        return urlsplit(self.address).netloc

    @property
    def own_host(self) -> str:
        """Where we reach our own server."""
        return EVERYWHERE.get(self.bind, self.bind)

    @property
    def may_share_checkout(self) -> bool:
        """Whether several launches can live beside each other: they meet in both services."""
        return bool(self.database_url and self.redis_url)


def whole_number(environ: Mapping[str, str], name: str, default: int, highest: int) -> int:
    """A number from 1 to `highest`. Raises LaunchError."""
    text = environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise LaunchError(f"{name} is a number from 1 to {highest}, not {text}.")
    return int(text)


def read(environ: Mapping[str, str]) -> Config:
    """Raises LaunchError for what cannot work."""
    config = Config(
        port=whole_number(environ, "PORT", DEFAULT_PORT, HIGHEST_PORT),
        bind=environ.get("BIND", "").strip() or LOOPBACK,
        processes=whole_number(environ, "WEB_CONCURRENCY", 1, 512),
        site_url=environ.get("SITE_URL", "").strip().rstrip("/"),
        database_url=environ.get("DATABASE_URL", "").strip(),
        redis_url=environ.get("REDIS_URL", "").strip(),
    )
    if config.processes > 1 and not config.redis_url:
        raise LaunchError(
            f"WEB_CONCURRENCY={config.processes} needs REDIS_URL: without it, web processes cannot "
            "share limits, news and streams. Set REDIS_URL, or leave WEB_CONCURRENCY at 1."
        )
    return config


def refuse_taken_port(config: Config) -> None:
    """Raises LaunchError when somebody listens there already, or we may not."""
    family = socket.AF_INET6 if ":" in config.bind else socket.AF_INET
    with socket.socket(family) as probe:
        # As the server binds: a connection that lingers after a restart is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.bind, config.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                other = config.port + 1 if config.port < HIGHEST_PORT else DEFAULT_PORT
                raise LaunchError(
                    f"Port {config.port} is taken by another program: "
                    f"stop that, or choose another port with PORT={other} make run."
                ) from error
            raise LaunchError(
                f"Nothing can listen on {config.bind} port {config.port}: {error.strerror}."
            ) from error
