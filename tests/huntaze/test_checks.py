"""An unsafe boot is refused, in sentences."""

from typing import Any

import pytest

from huntaze import checks


@pytest.mark.parametrize(
    ("processes", "redis", "ids"),
    [
        (1, "", []),
        (2, "", ["huntaze.E001"]),
        (2, "redis://127.0.0.1", []),
    ],
)
def test_many_processes_need_redis(
    settings: Any, processes: int, redis: str, ids: list[str]
) -> None:
    settings.WEB_CONCURRENCY, settings.REDIS_URL = processes, redis
    assert [each.id for each in checks.check_concurrency()] == ids


@pytest.mark.parametrize(
    ("url", "ids"),
    [
        ("http://localhost:8000", []),
        ("https://studio.example.com", []),
        ("studio.example.com", ["huntaze.E002"]),
        ("ftp://studio.example.com", ["huntaze.E002"]),
        ("https://", ["huntaze.E002"]),
    ],
)
def test_the_site_has_an_address(settings: Any, url: str, ids: list[str]) -> None:
    settings.SITE_URL = url
    assert [each.id for each in checks.check_site_url()] == ids


@pytest.mark.parametrize("name", ["AI_MINI_MODELS", "AI_FULL_MODELS"])
def test_models_are_written_with_their_provider(settings: Any, name: str) -> None:
    setattr(settings, name, ["openai:gpt", "gpt"])
    [found] = checks.check_model_lists()
    assert found.id == "huntaze.E003"
    assert name in found.msg


@pytest.mark.parametrize(("key", "ids"), [("x" * 50, []), ("", ["huntaze.E004"])])
def test_nothing_is_signed_without_a_key(settings: Any, key: str, ids: list[str]) -> None:
    settings.SECRET_KEY = key
    assert [each.id for each in checks.check_secret_key()] == ids
    assert [each.id for each in checks.refusals()] == ids
