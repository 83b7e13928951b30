"""`make check`: every gate is run, and each that fails fails the whole."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from huntaze.launch.cluster import Cluster
from huntaze.launch.paths import ROOT
from huntaze.launch.postgres import Server
from huntaze.launch.terminal import complain, line, say
from huntaze.launch.testing import isolate

# What a deployment has: checks that only bite in production bite here.
PRODUCTION = {
    "DEBUG": "off",
    "SECRET_KEY": "a-production-shaped-key-" + "0123456789abcdefghijklmnopqrstuvwxyz",
    "SITE_URL": "https://studio.example.com",
    "ALLOWED_HOSTS": "studio.example.com",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_PROVIDER": "smtp",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "STRIPE_SECRET_KEY": "sk_test_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "STRIPE_WEBHOOK_SECRET": "whsec_" + "0123456789abcdefghijklmnopqrstuv",
    "STRIPE_PRO_MONTHLY_PRICE_ID": "price_1",
    "AWS_S3_BUCKET": "huntaze",
    "AWS_REGION": "eu-west-1",
}


@dataclass(frozen=True)
class Gate:
    """A command that has to end with 0."""

    name: str
    arguments: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


def manage(*arguments: str) -> tuple[str, ...]:
    """A management command."""
    return ("manage.py", *arguments)


GATES = (
    Gate("format", ("-m", "ruff", "format", "--check", ".")),
    Gate("lint", ("-m", "ruff", "check", ".")),
    Gate("templates", ("-m", "djlint", "--check", "--lint", "templates")),
    Gate(
        "types",
        ("-m", "mypy", "."),
    ),
    Gate("layers", ("-c", "from importlinter.cli import lint_imports_command as f; f()")),
    Gate("system", manage("check", "--fail-level", "WARNING")),
    Gate("deploy", manage("check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
    Gate("migrations", manage("makemigrations", "--check", "--dry-run")),
    Gate(
        "schema",
        manage("spectacular", "--validate", "--fail-on-warn", "--file", os.devnull),
    ),
    Gate("description", manage("describe_api", "--check")),
    Gate("openapi", ("-m", "huntaze.launch.node", "lint")),
    Gate("client", ("-m", "huntaze.launch.node", "generate", "--check")),
    Gate("typescript", ("-m", "huntaze.launch.node", "check")),
)


@dataclass(frozen=True)
class Result:
    """How a gate went."""

    gate: Gate
    status: int
    output: str
    seconds: float


def try_gate(gate: Gate, base: Mapping[str, str]) -> Result:
    """Run it, keeping what it says."""
    started_at = time.monotonic()
    done = subprocess.run(
        [sys.executable, *gate.arguments],
        cwd=ROOT,
        env={**base, **gate.variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Result(gate, done.returncode, done.stdout, time.monotonic() - started_at)


def tell(result: Result) -> None:
    """One line for what passed, everything for what did not."""
    verdict = "failed" if result.status else "passed"
    line(result.gate.name, f"{verdict}  ({result.seconds:.1f} s)")
    if result.status:
        say(result.output.rstrip())
        say()


def run() -> int:
    """1 when any gate failed."""
    base = dict(os.environ)
    isolate(base)
    # Empty, for makemigrations to look into: a developer's own may hold another branch's history.
    folder = Path(tempfile.mkdtemp(prefix="huntaze-check-"))
    database = Server(Cluster(folder / "postgres", is_throwaway=True))
    base["DATABASE_URL"] = database.cluster.url()
    database.join()
    try:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = []
            for result in pool.map(lambda gate: try_gate(gate, base), GATES):
                tell(result)
                results.append(result)
    finally:
        database.leave()
        shutil.rmtree(folder, ignore_errors=True)
    failed = [result.gate.name for result in results if result.status]
    if failed:
        complain(f"make check failed: {', '.join(failed)}.")
    return 1 if failed else 0
