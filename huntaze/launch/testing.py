"""The surroundings of a test run: the same everywhere, and nothing that anybody else uses."""

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

from huntaze.launch import chromium, redis_server
from huntaze.launch.cluster import Cluster, programs
from huntaze.launch.errors import LaunchError
from huntaze.launch.postgres import Server

# What the settings and the vendors' SDKs read: a developer's own must not reach a test.
FOREIGN = {"ALLOWED_HOSTS", "BIND", "CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS", "DEBUG"}
FOREIGN |= {"DATABASE_POOL_SIZE", "DATABASE_URL", "LOG_LEVEL", "PORT", "REDIS_URL", "SECRET_KEY"}
FOREIGN |= {"SITE_URL", "TRUSTED_PROXIES", "WEB_CONCURRENCY"}
VENDORS = ("ANTHROPIC_", "AWS_", "AZURE_OPENAI_", "GOOGLE_CLIENT_", "OPENAI_", "SENTRY_", "STRIPE_")
MAILERS = ("AMAZON_SES_", "BREVO_", "EMAIL_", "MAILGUN_", "POSTMARK_", "RESEND_", "SENDGRID_")
OWN = ("AI_", "BILLING_", "GRANIAN_", "HUNTAZE_LOCAL_MODEL", "LOCAL_MODEL")
FOREIGN_PREFIXES = VENDORS + MAILERS + OWN
FOREIGN_SUFFIX = "_PROXY"

# A worker a core, each with a database of its own; a slow file is shared out in the end.
EVERYTHING = ["-n", "auto", "--maxprocesses", "4", "--dist", "worksteal"]


def is_foreign(name: str) -> bool:
    """Whether a test run has to do without this variable."""
    upper = name.upper()
    return upper in FOREIGN or upper.startswith(FOREIGN_PREFIXES) or upper.endswith(FOREIGN_SUFFIX)


def isolate(environ: MutableMapping[str, str]) -> None:
    """Take away what a developer's machine may have set, and set what every run has."""
    for name in [name for name in environ if is_foreign(name)]:
        del environ[name]
    environ["HUNTAZE_ENV_FILE"] = ""
    environ["SECRET_KEY"] = "only-for-tests-" + "x" * 50
    environ["DEBUG"] = "off"


class Surroundings:
    """The services of one run, started by its controlling process."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="huntaze-test-"))
        self._database: Server | None = None
        self._redis: redis_server.PrivateRedis | None = None

    def start(self, environ: MutableMapping[str, str]) -> None:
        """Raises LaunchError where there is no database to be had."""
        isolate(environ)
        self._start_database(environ)
        self._start_redis(environ)
        if not environ.get("HUNTAZE_TEST_CHROMIUM") and (found := chromium.find(environ)):
            environ["HUNTAZE_TEST_CHROMIUM"] = found

    def stop(self) -> None:
        """Leave nothing behind."""
        if self._redis:
            self._redis.stop()
        if self._database:
            self._database.leave()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_database(self, environ: MutableMapping[str, str]) -> None:
        # Of this run alone: a name that exists already would be somebody's.
        environ["HUNTAZE_TEST_DATABASE"] = f"test_huntaze_{secrets.token_hex(4)}"
        if url := environ.get("TEST_DATABASE_URL", "").strip():
            environ["DATABASE_URL"] = url
            return
        if not programs():
            raise LaunchError(
                "No embedded PostgreSQL is installed here: run make test, which installs it, or "
                "set TEST_DATABASE_URL to a PostgreSQL 15 or newer where databases may be made."
            )
        self._database = Server(Cluster(self.folder / "postgres", is_throwaway=True))
        self._database.join()
        environ["DATABASE_URL"] = self._database.cluster.url()

    def _start_redis(self, environ: MutableMapping[str, str]) -> None:
        if environ.get("TEST_REDIS_URL", "").strip():
            return
        environ.pop("TEST_REDIS_URL", None)
        binary = redis_server.find_binary()
        if not binary:
            return
        self._redis = redis_server.PrivateRedis(binary, self.folder / "redis")
        if self._redis.start():
            environ["TEST_REDIS_URL"] = self._redis.url


def run(arguments: list[str]) -> int:
    """`make test`: a browser if need be, then pytest, whose plugin does the rest."""
    os.environ["HUNTAZE_TEST_CHROMIUM"] = chromium.ensure(os.environ)
    command = [sys.executable, "-m", "pytest", *(arguments or EVERYTHING)]
    os.execv(sys.executable, command)  # noqa: S606  (no shell is wanted)
