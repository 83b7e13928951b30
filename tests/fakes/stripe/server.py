"""HTTP on 127.0.0.1 for the API and the hosted pages."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.fakes.stripe import pages
from tests.fakes.stripe.answering import Answer, Desk, Request
from tests.fakes.stripe.world import World


class Server(ThreadingHTTPServer):
    """A thread per connection."""

    daemon_threads = True
    block_on_close = False
    # Fifty at once are a test's everyday.
    request_queue_size = 256

    def __init__(self, world: World, desk: Desk, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.world = world
        self.desk = desk
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self.shutdown()
        self.server_close()
        self._thread.join(5)

    def answer(self, request: Request) -> Answer:
        """The API under /v1 and /v2, the pages elsewhere."""
        if request.path.startswith(("/v1/", "/v2/")):
            return self.desk.answer(request)
        return pages.show(self.world, request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left before its answer is no error of ours; anything else is told."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One request a connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        path = unquote(parts.path)
        self._send(self.server.answer(Request(self.command, path, parts.query, headers, body)))

    def _send(self, answer: Answer) -> None:
        self.close_connection = True
        if not answer.status:
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""
