"""Bodies that are sent in chunks, without a length, to views of both kinds."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from content.models import Content
from tests.server.conftest import Scene

pytestmark = pytest.mark.server


def _send(scene: Scene, method: str, path: str, chunks: Iterator[bytes]) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", scene.server.port, timeout=20)
    headers = {**scene.alice.headers, "Content-Type": "application/json"}
    headers |= {"Transfer-Encoding": "chunked"}
    with closing(connection):
        connection.request(method, path, chunks, headers, encode_chunked=True)
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"{}")


def _in_pieces(facts: Any) -> Iterator[bytes]:
    body = json.dumps(facts).encode()
    yield from (body[start : start + 7] for start in range(0, len(body), 7))


def _large() -> Iterator[bytes]:
    yield b'{"title": "Clay", "body": "'
    yield from (b"x" * 65_536 for _ in range(48))
    yield b'"}'


def test_what_was_sent_in_chunks_is_taken(scene: Scene) -> None:
    facts = {"title": "Glaze notes", "body": "Celadon.", "type": "STORY"}
    status, body = _send(scene, "POST", "/api/content", _in_pieces(facts))
    assert status == 201
    assert {name: body[name] for name in facts} == facts
    path = f"/api/content/{body['id']}"
    status, body = _send(scene, "PATCH", path, _in_pieces({"title": "Ash", "version": 1}))
    assert (status, body["title"], body["version"]) == (200, "Ash", 2)
    status, body = _send(scene, "PATCH", path, _in_pieces({"title": "Ash", "version": 1}))
    assert (status, body["code"]) == (409, "conflict")
    status, body = _send(scene, "POST", "/api/ai/generate", _in_pieces({"prompt": "x"}))
    assert (status, body["prompt"]) == (200, "x")


def test_what_is_broken_is_refused_in_chunks_too(scene: Scene) -> None:
    status, body = _send(scene, "POST", "/api/content", iter([b'{"title": ', b"5"]))
    assert (status, body["code"]) == (400, "malformed_json")
    status, body = _send(scene, "POST", "/api/content", iter([]))
    assert status == 400
    assert not Content.objects.exists()


@pytest.mark.parametrize("path", ["/api/content", "/api/ai/generate"])
def test_three_megabytes_are_too_large_without_a_length(scene: Scene, path: str) -> None:
    status, body = _send(scene, "POST", path, _large())
    assert (status, body["code"]) == (413, "too_large")
    assert not Content.objects.exists()
