"""The real `make run`, in a copy of the checkout: it serves, and it leaves no process."""

import os
import shutil
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from huntaze.launch.paths import ROOT
from huntaze.launch.ports import free_port
from huntaze.launch.testing import is_foreign

pytestmark = [
    pytest.mark.launch,
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc"),
]
IGNORED = (".git", ".venv", ".env", "var", "node_modules", "tests", "staticfiles", "__pycache__")
START_SECONDS = 120


@pytest.fixture(scope="module")
def checkout(open_folder):
    """One for all of them, since its database takes the longest."""
    copy = open_folder / "huntaze"
    return Path(shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*IGNORED)))


class Launch:
    """One `python -m huntaze.launch run` in a session of its own, as a terminal would have it."""

    def __init__(self, checkout, **variables):
        self.checkout = checkout
        self.port = free_port()
        environ = {name: value for name, value in os.environ.items() if not is_foreign(name)}
        del environ["HUNTAZE_ENV_FILE"]
        environ |= {"SECRET_KEY": "x" * 60, "DEBUG": "on", "PORT": str(self.port), **variables}
        self.output = checkout.parent / f"output-{self.port}.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "huntaze.launch", "run"],
                cwd=checkout,
                env=environ,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def said(self):
        return self.output.read_text()

    def wait_until_told(self, sentence="Ctrl-C stops everything."):
        deadline = time.monotonic() + START_SECONDS
        while sentence not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def status_of(self, path):
        connection = HTTPConnection("localhost", self.port, timeout=10)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def processes(self):
        """Everything that was started from the copy, by its command line or working directory."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                folder = str((entry / "cwd").readlink())
            except OSError:
                continue
            if str(self.checkout) in command or folder.startswith(str(self.checkout)):
                found[int(entry.name)] = command
        return found

    def end(self, *signals):
        for number in signals:
            os.killpg(self.process.pid, number)
            time.sleep(0.2)
        return self.process.wait(60)


@pytest.fixture
def launch(checkout):
    started = []

    def start(**variables):
        started.append(Launch(checkout, **variables))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.end(signal.SIGTERM)
        for pid in one.processes():
            os.kill(pid, signal.SIGKILL)


def wait_until_empty(launch, seconds=30):
    deadline = time.monotonic() + seconds
    while launch.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    return launch.processes()


def test_serves_then_leaves_nothing(launch):
    first = launch()
    first.wait_until_told()
    assert first.status_of("/healthz") == 200
    assert "demo@huntaze.localhost" in first.said()
    assert "STRIPE_SECRET_KEY" in first.said()

    second = launch()
    assert second.process.wait(20) == 1
    assert "already runs from this folder" in second.said()

    assert first.end(signal.SIGINT) == 0
    assert first.processes() == {}

    again = launch(LOCAL_MODEL="off")
    again.wait_until_told()
    assert "up to date" in again.said()
    assert "generating is not available" in again.said()
    assert again.end(signal.SIGINT, signal.SIGINT) == 0
    assert again.processes() == {}


def test_killed_launcher_takes_its_children_along(launch):
    one = launch(LOCAL_MODEL="off")
    one.wait_until_told()
    one.process.kill()
    one.process.wait()
    assert wait_until_empty(one) == {}


def test_dead_web_process_ends_everything(launch):
    one = launch(LOCAL_MODEL="off")
    one.wait_until_told()
    web = next(pid for pid, command in one.processes().items() if "-m granian" in command)
    os.kill(web, signal.SIGKILL)
    assert one.process.wait(60) == 1
    assert "The web process was ended by signal 9" in one.said()
    assert one.processes() == {}
