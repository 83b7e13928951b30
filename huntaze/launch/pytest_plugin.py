"""Gives every pytest run its surroundings before Django reads a setting."""

import os
from collections.abc import Iterator

import pytest

from huntaze.launch.errors import LaunchError
from huntaze.launch.testing import Surroundings

NO_REDIS = (
    "NO REDIS: {count} tests marked redis were skipped. "
    "Install redis-server, or set TEST_REDIS_URL, and run them."
)
_running: list[Surroundings] = []


def is_worker() -> bool:
    """Whether pytest-xdist started us: then the controller's surroundings are ours."""
    return "PYTEST_XDIST_WORKER" in os.environ


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Before pytest-django, which loads the settings here."""
    known = early_config.known_args_namespace
    if not (is_worker() or known.help or known.version):
        surroundings = Surroundings()
        _running.append(surroundings)
        try:
            surroundings.start(os.environ)
        except LaunchError as error:
            _stop()
            raise pytest.UsageError(str(error)) from error
    try:
        yield
    except BaseException:
        _stop()
        raise


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Name the test database of this run, once Django knows its settings."""
    from django.conf import settings

    if settings.configured and (name := os.environ.get("HUNTAZE_TEST_DATABASE")):
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Redis, its tests are skipped."""
    if os.environ.get("TEST_REDIS_URL"):
        return
    for item in items:
        if item.get_closest_marker("redis"):
            item.add_marker(pytest.mark.skip(reason="no Redis"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, where nobody can miss it."""
    reports = terminalreporter.stats.get("skipped", [])
    skipped = [report for report in reports if "no Redis" in str(report.longrepr)]
    if skipped:
        sentence = NO_REDIS.format(count=len(skipped))
        terminalreporter.write_line("")
        terminalreporter.write_line(sentence, red=True, bold=True)


def _stop() -> None:
    while _running:
        _running.pop().stop()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """After the last database was dropped."""
    _stop()
