"""One person's data, read and written at four processes at once, over one Redis and database."""

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from api.tokens import issue_token
from content.models import Content
from content.tasks import publish_due
from tests.factories import make_draft
from tests.live import LiveServer

pytestmark = [pytest.mark.server, pytest.mark.redis]
AT_ONCE = 20


class Line:
    """Alice over one connection, which leads to one process."""

    def __init__(self, line: http.client.HTTPConnection, token: str) -> None:
        self._line = line
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, str]:
        """(status, JSON, tag)."""
        raw = None if body is None else json.dumps(body)
        self._line.request(method, path, raw, {**self._headers, **headers})
        response = self._line.getresponse()
        found = response.read()
        return response.status, json.loads(found or b"null"), response.headers.get("ETag", "")


class Lines:
    """Alice at a server."""

    def __init__(self, server: LiveServer, user: User) -> None:
        self._port = server.port
        self._token = issue_token(user=user, name="test", is_unthrottled=True)

    @contextmanager
    def open(self) -> Iterator[Line]:
        """A connection of its own."""
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as line:
            yield Line(line, self._token)


@pytest.fixture
def lines(transactional_db: None, four: LiveServer, alice: User) -> Iterator[Lines]:
    """Whatever happens, no process breaks."""
    yield Lines(four, alice)
    assert b"Traceback" not in four.log.read_bytes(), four.log.read_text()[-3000:]


def test_who_was_answered_reads_what_they_wrote_anywhere(lines: Lines, alice: User) -> None:
    rows = [make_draft(alice, str(number)) for number in range(AT_ONCE)]

    def work(content: Content) -> list[Any]:
        wrong, path = [], f"/api/content/{content.id}"
        with lines.open() as here, lines.open() as there:
            tag = ""
            for turn in range(6):
                title = f"{content.id} {turn}"
                status, wrote, _tag = here.ask("PATCH", path, {"title": title, "version": turn + 1})
                # A tag from before the write is of no use at the other process.
                asked = {"If-None-Match": tag} if tag else {}
                _status, listed, tag = there.ask("GET", "/api/content?limit=50", **asked)
                detail = there.ask("GET", path)[1]
                shown = [each for each in listed["content"] if each["id"] == str(content.id)]
                if status != 200 or not wrote == detail == shown[0]:
                    wrong.append((turn, status, wrote, detail, shown))
        return wrong

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert list(threads.map(work, rows)) == [[]] * AT_ONCE


def test_what_a_job_or_a_hand_changes_is_read_at_once(lines: Lines, alice: User) -> None:
    content = make_draft(alice)
    with lines.open() as one, lines.open() as another:
        for line in (one, another) * 2:
            assert line.ask("GET", "/api/content")[1]["content"][0]["status"] == "DRAFT"
        past = timezone.now()
        Content.objects.filter(pk=content.pk).update(status="SCHEDULED", scheduled_at=past)
        for line in (one, another):
            assert line.ask("GET", "/api/content")[1]["content"][0]["status"] == "SCHEDULED"
        assert publish_due(0) == 1
        for line in (one, another):
            assert line.ask("GET", "/api/content")[1]["content"][0]["status"] == "PUBLISHED"
            assert line.ask("GET", f"/api/content/{content.id}")[1]["status"] == "PUBLISHED"


@pytest.mark.parametrize("path", ["/api/content/{id}", "/api/users/me"])
def test_one_of_many_with_the_same_tag_writes(lines: Lines, alice: User, path: str) -> None:
    path = path.format(id=make_draft(alice).id)
    field = "name" if path.endswith("me") else "title"
    with lines.open() as line:
        tag = line.ask("GET", path)[2]

    def write(number: int) -> tuple[int, Any]:
        with lines.open() as line:
            status, body, _tag = line.ask(
                "PATCH", path, {field: f"By {number}"}, **{"If-Match": tag}
            )
            return status, (body if status == 200 else body["current"])[field]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = list(threads.map(write, range(AT_ONCE)))
    assert Counter(status for status, _name in found) == {200: 1, 409: AT_ONCE - 1}
    # The others are told of the one that was first.
    assert len({name for _status, name in found}) == 1


def test_many_that_write_and_publish_at_once_do_not_lock_each_other(
    lines: Lines, alice: User
) -> None:
    """Each change holds its row and the person's number: in that order, whoever makes it."""
    rows = [make_draft(alice, str(number)) for number in range(AT_ONCE)]

    def work(number: int) -> set[int]:
        with lines.open() as line:
            found = set()
            for turn in range(4):
                path = f"/api/content/{rows[(number + turn) % AT_ONCE].id}"
                found.add(line.ask("PATCH", path, {"title": f"{number} {turn}", "body": "y"})[0])
                found.add(line.ask("POST", "/api/content", {"title": "x", "body": "x"})[0])
            found.add(line.ask("PATCH", path, {"status": "PUBLISHED", "title": "z"})[0])
            return found

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert set().union(*threads.map(work, range(AT_ONCE))) == {200, 201}
