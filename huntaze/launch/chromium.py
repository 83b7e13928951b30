"""The browser of the browser tests: the one at hand, else installed, else the line to type."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from huntaze.launch.errors import LaunchError
from huntaze.launch.installers import INSTALL_LOG, succeeds
from huntaze.launch.paths import tail
from huntaze.launch.terminal import step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def playwrights_own() -> str | None:
    """The one that Playwright downloads, asked of Playwright in a process of its own."""
    script = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as playwright: print(playwright.chromium.executable_path)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    path = done.stdout.strip()
    return path if path and Path(path).is_file() else None


def find(environ: Mapping[str, str]) -> str | None:
    """CHROMIUM, else what is on the PATH, else Playwright's. Raises LaunchError for a wrong one."""
    named = environ.get("CHROMIUM", "").strip()
    if named:
        found = shutil.which(named)
        if not found:
            raise LaunchError(f"CHROMIUM names {named}, and there is no such program.")
        return found
    return next((path for name in NAMES if (path := shutil.which(name))), None) or playwrights_own()


def install() -> None:
    """Debian's package as root, Playwright's own otherwise."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        succeeds(["apt-get", "update"])
        packages = ["chromium", "fonts-liberation"]
        if succeeds(["apt-get", "install", "-y", "--no-install-recommends", *packages]):
            return
    succeeds([sys.executable, "-m", "playwright", "install", "chromium"])


def ensure(environ: Mapping[str, str]) -> str:
    """Raises LaunchError with the line to type where it cannot be had."""
    if found := find(environ):
        return found
    with step("browser", "installing Chromium") as current:
        install()
        current.result = "Chromium installed"
    if found := find(environ):
        return found
    raise LaunchError(
        "The browser tests need Chromium, which could not be installed here. Install it with\n"
        "    sudo apt-get install chromium\n"
        f"or name one with CHROMIUM=/path/to/chromium.\n{tail(INSTALL_LOG, 4)}"
    )
