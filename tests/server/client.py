"""A plain HTTP client that reads a stream as it arrives, and leaves when told to."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils.datastructures import CaseInsensitiveMapping

from tests.described import check, check_frame


@dataclass
class Answer:
    """As Django's test client has it, for the description to judge."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes = b""
    streaming: bool = False


@dataclass
class Reading:
    """The frames of a stream so far, and what is still to be read."""

    response: http.client.HTTPResponse
    frames: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """In lower case."""
        return {name.lower(): value for name, value in self.response.getheaders()}

    @property
    def text(self) -> str:
        """What the client has on its screen."""
        text = ""
        for _number, event, data in self.frames:
            if event == "delta":
                text += data["text"]
            elif event == "snapshot":
                text = data["text"]
        return text

    def next(self) -> tuple[int, str, dict[str, Any]] | None:
        """The next frame; None at the end."""
        lines: dict[str, str] = {}
        # A comment, which keeps proxies awake, has no name.
        while line := self.response.readline():
            name, _colon, value = line.decode().rstrip("\n").partition(": ")
            lines[name] = value
            if name == "data":
                self.response.readline()
                found = (int(lines["id"]), lines["event"], json.loads(value))
                check_frame(found[1], found[2])
                self.frames.append(found)
                return found
        return None

    def until(self, event: str) -> dict[str, Any]:
        """Read to the first frame of a kind; its data."""
        while found := self.next():
            if found[1] == event:
                return found[2]
        raise AssertionError(f"The stream ended without {event}: {self.frames}")

    def rest(self) -> None:
        """Read to the end."""
        while self.next():
            pass


class Caller:
    """Somebody with a token."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip, br, zstd"}

    def _send(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        raw = None if body is None else json.dumps(body)
        all_headers = {**self.headers, "Content-Type": "application/json", **headers}
        connection.request(method, path, raw, all_headers)
        return connection

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """(status, JSON)."""
        with closing(self._send(method, path, body)) as connection:
            response = connection.getresponse()
            answer = Answer(response.status, CaseInsensitiveMapping[str](response.getheaders()))
            answer.content = response.read()
            sent = None if body is None else json.dumps(body).encode()
            check(method, path.partition("?")[0], answer, sent)
            return answer.status_code, json.loads(answer.content or b"{}")

    def send_chunks(
        self, method: str, path: str, chunks: list[bytes]
    ) -> tuple[int, dict[str, Any]]:
        """The same, with a body whose length nobody says beforehand."""
        headers = {**self.headers, "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, iter(chunks), headers, encode_chunked=True)
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    @contextmanager
    def stream(self, method: str, path: str, body: Any = None, **headers: str) -> Iterator[Reading]:
        """Read a stream for a block; leaving the block leaves the stream."""
        connection = self._send(method, path, body, **headers)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        spoken = CaseInsensitiveMapping[str](response.getheaders())
        check(method, path.partition("?")[0], Answer(200, spoken, streaming=True))
        try:
            yield Reading(response)
        finally:
            response.close()
            connection.close()

    def generate(self, prompt: str = "About clay") -> Any:
        """Begin to generate, streaming."""
        return self.stream("POST", "/api/ai/generate/stream", {"prompt": prompt})
