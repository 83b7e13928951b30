"""What we stand on is away: 503, soon over, and no word of where it is."""

from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import ConnectionError as RedisAway

from accounts.models import User
from ai import engine
from content.api import ContentViewSet
from tests.envelope import assert_error

AWAY = [
    OperationalError("connection to 10.0.0.1 refused"),
    InterfaceError("10.0.0.1"),
    RedisAway("10.0.0.1"),
    ConnectionInterrupted(connection=None),
]


@pytest.mark.parametrize("error", AWAY)
@pytest.mark.parametrize("path", ["/api/content", "/api/ai/generate"])
def test_a_service_that_is_away_is_503(
    alice: User, api_client: Any, monkeypatch: Any, error: Exception, path: str
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(ContentViewSet, "get_queryset", fail)
    monkeypatch.setattr(engine, "start", fail)
    client = api_client(alice)
    if path.endswith("generate"):
        response = client.post(path, {"prompt": "x"}, "application/json")
    else:
        response = client.get(path)
    assert_error(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert b"10.0.0.1" not in response.content


def test_a_filter_hides_no_row_that_was_asked_for_by_name(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    body = {"title": "x", "body": "x"}
    made = client.post("/api/content", body, "application/json").json()
    for tail in ("", "/revisions"):
        path = f"/api/content/{made['id']}{tail}?status=PUBLISHED&type=POEM"
        assert client.get(path).status_code == 200
