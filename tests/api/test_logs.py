"""What of a request is worth a line, and how long a line."""

import logging
from typing import Any

from django.conf import settings

from accounts.models import User
from content.api import ContentViewSet
from tests.fakes.lines import said_by


def test_a_refusal_is_no_line_and_a_failure_is_one(
    alice: User, api_client: Any, monkeypatch: Any
) -> None:
    client = api_client(alice)
    with said_by("django.request") as lines:
        client.get("/api/nothing")
        client.patch("/api/auth/session")
    assert lines == []

    def fail(*_args: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ContentViewSet, "get_queryset", fail)
    with said_by("django.request") as lines:
        client.get("/api/content")
    assert len(lines) == 1
    assert "Traceback" in lines[0]


def test_what_a_client_sent_is_no_fault_of_ours(alice: User, api_client: Any) -> None:
    client = api_client(alice)
    fields = "&".join("a=1" for _ in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
    with said_by("django.security") as lines:
        assert client.get(f"/api/content?{fields}").status_code == 400
    assert len(lines) == 1
    assert "Traceback" not in lines[0]
    assert logging.getLevelName(logging.ERROR) in lines[0]
