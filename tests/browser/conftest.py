"""A server with everything behind it, and a browser in front."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from huntaze.launch.ports import free_port
from tests.fakes.mailbox import Mailbox, running_mailbox, variables
from tests.live import LiveServer, running_server

TOKENS = 60
INTERVAL_SECONDS = 0.05
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
]


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mail server, and its port."""
    with running_mailbox() as running:
        yield running


@pytest.fixture
def model_url() -> Iterator[str]:
    """A model server that writes 60 words, one each 50 ms."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.upstream", str(port)]
    with subprocess.Popen([*command, str(TOKENS), str(INTERVAL_SECONDS)]) as process:
        yield f"http://127.0.0.1:{port}/v1"
        process.terminate()


@pytest.fixture
def processes() -> dict[str, str]:
    """One web process on the embedded default; a test may ask for more."""
    return {}


@pytest.fixture
def server(
    transactional_db: None,
    tmp_path: Path,
    mailbox: tuple[Mailbox, int],
    model_url: str,
    processes: dict[str, str],
) -> Iterator[LiveServer]:
    """The product, with a model and a mail server of the test's own."""
    extra = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": model_url}
    extra |= variables(mailbox[1])
    with running_server(tmp_path, **extra, **processes) as live:
        yield live


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Chromium. Its loop runs in this thread, where Django would refuse to touch the database."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    path = os.environ["HUNTAZE_TEST_CHROMIUM"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


def is_trouble(message: ConsoleMessage, server: LiveServer) -> bool:
    """Whether a page of ours complains; those of a hosted checkout are somebody else's."""
    place = message.location["url"]
    return message.type == "error" and (not place or place.startswith(server.url))


@pytest.fixture
def page(browser: Browser, server: LiveServer) -> Iterator[Page]:
    """A new person's window; an error in a script, or a breach of the CSP, fails the test."""
    context = browser.new_context(base_url=server.url, locale="en-US")
    context.set_default_timeout(15_000)
    window = context.new_page()
    troubles: list[str] = []
    window.on("pageerror", lambda error: troubles.append(str(error)))
    window.on(
        "console",
        lambda message: troubles.append(message.text) if is_trouble(message, server) else None,
    )
    yield window
    context.close()
    assert troubles == []
