"""What every error of the API looks like."""

from typing import Any

KEYS = {"error", "code", "details", "requestId"}


def assert_error(response: Any, status: int, code: str, *paths: str) -> dict[str, Any]:
    """The envelope, with these paths among its details; answers the body."""
    assert response.status_code == status, (response.status_code, response.content[:500])
    assert response.headers["Content-Type"].startswith("application/json")
    body: dict[str, Any] = response.json()
    assert set(body) >= KEYS, body
    assert body["code"] == code, body
    assert isinstance(body["error"], str)
    assert body["error"]
    assert body["requestId"] == response.headers["X-Request-ID"]
    for detail in body["details"]:
        assert set(detail) == {"path", "message", "code"}, detail
        assert all(isinstance(value, str) for value in detail.values()), detail
    assert set(paths) <= {detail["path"] for detail in body["details"]}, body["details"]
    return body
