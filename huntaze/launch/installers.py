"""Makes the virtual environment and fills it: with uv where one works, with pip where not."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from huntaze.launch.errors import LaunchError
from huntaze.launch.paths import LOGS, ROOT, VENV, VENV_PYTHON, tail

INSTALL_LOG = LOGS / "install.log"


def succeeds(command: Sequence[str | Path]) -> bool:
    """Run it in the checkout, its output in the install log."""
    INSTALL_LOG.parent.mkdir(parents=True, exist_ok=True)
    with INSTALL_LOG.open("a") as log:
        log.write(f"$ {' '.join(map(str, command))}\n")
        log.flush()
        try:
            done = subprocess.run(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            )
        except OSError as error:
            log.write(f"{error}\n")
            return False
    return done.returncode == 0


def working_uv() -> str | None:
    """A uv that answers; a version manager's shim can exist and fail."""
    for candidate in (shutil.which("uv"), str(VENV / "bin" / "uv")):
        if candidate and Path(candidate).exists() and succeeds([candidate, "--version"]):
            return candidate
    return None


def is_usable(python: Path) -> bool:
    """Whether this interpreter is there and runs."""
    return python.exists() and succeeds([python, "-c", ""])


def create_environment(uv: str | None) -> None:
    """Make `.venv` with the interpreter that runs this, replacing one that no longer runs."""
    if is_usable(VENV_PYTHON):
        return
    with_uv = [uv, "venv", "--no-project", "--clear", "--python", sys.executable, str(VENV)]
    if uv and succeeds([part for part in with_uv if part]):
        return
    if succeeds([sys.executable, "-m", "venv", "--clear", VENV]):
        return
    raise LaunchError(
        f"Python could not make a virtual environment in .venv; where its venv module is missing, "
        f"install it (Debian: apt-get install python3-venv).\n{tail(INSTALL_LOG, 4)}"
    )


def install(uv: str | None, arguments: Sequence[str]) -> bool:
    """Install into `.venv`; what uv cannot reach (a mirror that only pip knows) pip may."""
    # Compiled now and in parallel, since the first start would do it one by one.
    with_uv = ["pip", "install", "--quiet", "--compile-bytecode", "--python", str(VENV_PYTHON)]
    if uv and succeeds([uv, *with_uv, *arguments]):
        return True
    pip = [str(VENV_PYTHON), "-m", "pip"]
    if not succeeds([*pip, "--version"]) and not succeeds([*pip[:2], "ensurepip"]):
        return False
    return succeeds([*pip, "install", "--quiet", "--disable-pip-version-check", *arguments])
