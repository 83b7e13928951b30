"""What `make` can do besides `run`: each tool ends with a status that counts."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from huntaze.launch import testing
from huntaze.launch.errors import LaunchError
from huntaze.launch.installers import working_uv
from huntaze.launch.paths import ROOT
from huntaze.launch.terminal import complain

COMPILE = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.12"]
COMPILE += ["--no-emit-index-url", "--no-emit-find-links", "--no-header"]
LOCKS = (
    ["requirements.in", "-o", "requirements.txt"],
    ["requirements-dev.in", "-c", "requirements.txt", "-o", "requirements-dev.txt"],
)


def python(*arguments: str) -> list[str]:
    """A module or script on the interpreter of `.venv`."""
    return [sys.executable, *arguments]


def status(command: Sequence[str]) -> int:
    """Run it in the checkout; its status."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def check(_: list[str]) -> int:
    """`make check`."""
    from huntaze.launch.checks import run

    return run()


def fix(_: list[str]) -> int:
    """Everything that can mend by itself."""
    from huntaze.launch.testing import isolate

    # What is written does not depend on whose machine this is, nor on a .env.
    isolate(os.environ)
    commands = [
        python("-m", "ruff", "check", "--fix", "--quiet", "."),
        python("-m", "ruff", "format", "--quiet", "."),
        python("-m", "djlint", "--reformat", "--quiet", "templates"),
        python("manage.py", "describe_api"),
        python("-m", "huntaze.launch.node", "generate"),
    ]
    return max([status(command) for command in commands])


def migrate(_: list[str]) -> int:
    """On the database that `make run` uses."""
    return status(python("manage.py", "migrate"))


def bench(arguments: list[str]) -> int:
    """The measurements under benchmarks/."""
    if not Path(ROOT / "benchmarks" / "__main__.py").exists():
        raise LaunchError("There is nothing to measure yet: benchmarks/__main__.py is not there.")
    return status(python("-m", "benchmarks", *arguments))


def lock(_: list[str]) -> int:
    """Pin what the .in files ask for."""
    uv = working_uv()
    if not uv:
        raise LaunchError("make lock needs uv, and none works here.")
    return max([status([uv, *COMPILE, *names]) for names in LOCKS])


def test(arguments: list[str]) -> int:
    """`make test`."""
    return testing.run(arguments)


def guarded(tool: Callable[[list[str]], int]) -> Callable[[list[str]], int]:
    """With anticipated failures in plain words."""

    def run(arguments: list[str]) -> int:
        try:
            return tool(arguments)
        except LaunchError as error:
            complain(str(error))
            return 1
        except KeyboardInterrupt:
            return 130

    return run


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huntaze.settings")
TOOLS = {tool.__name__: guarded(tool) for tool in (bench, check, fix, lock, migrate, test)}
