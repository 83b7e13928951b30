"""A Sentry of our own: takes what the SDK's transport sends, and keeps the events.

Source: https://develop.sentry.dev/sdk/data-model/envelopes/
"""

import contextlib
import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Sink:
    """The events so far, and how the SDK is told of the place."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.dsn = ""

    def of(self, request_id: str) -> list[dict[str, Any]]:
        """The events of one request."""
        return [event for event in self.events if event["tags"]["request_id"] == request_id]

    def take(self, envelope: bytes) -> None:
        """An envelope: a line for itself, then two for each item."""
        _head, *lines = envelope.split(b"\n")
        for kind, payload in zip(lines[::2], lines[1::2], strict=False):
            if json.loads(kind)["type"] == "event":
                self.events.append(json.loads(payload))


@contextlib.contextmanager
def running_sink() -> Iterator[Sink]:
    """One for a block."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_packed = self.headers.get("Content-Encoding") == "gzip"
            sink.take(gzip.decompress(body) if is_packed else body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sink.dsn = f"http://public@127.0.0.1:{server.server_port}/1"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield sink
        server.shutdown()
        thread.join()
