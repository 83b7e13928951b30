"""A line between the product and a model server: it passes on what is said, or disturbs it."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import override

from huntaze.launch.ports import free_port

LAST_CHUNK = b"0\r\n\r\n"


class _Call(socketserver.BaseRequestHandler):
    """One connection of the product's, and the one behind it."""

    server: "Wire"

    @override
    def handle(self) -> None:
        self.is_answering = False
        with contextlib.suppress(OSError), socket.create_connection(self.server.far) as far:
            up = threading.Thread(target=self._up, args=(far,))
            up.start()
            with contextlib.suppress(OSError):
                self._down(far)
            self.is_answering = False
            _end(self.request)
            up.join()

    def _up(self, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := self.request.recv(65_536):
                far.sendall(data)
        # Only whoever hangs up in the middle of an answer has left.
        self.server.left += self.is_answering
        _end(far)

    def _down(self, far: socket.socket) -> None:
        rest = b""
        while data := far.recv(65_536):
            if data.startswith(b"HTTP/1.1 200"):
                self.is_answering = True
            whole, line_end, rest = (rest + data).rpartition(b"\n")
            if self.server.edit is None or not line_end:
                self.request.sendall(whole + line_end + rest)
                rest = b""
            else:
                lines = (whole + line_end).splitlines(keepends=True)
                self.request.sendall(b"".join(map(self.server.edit, lines)))
            if data == LAST_CHUNK or data.endswith(b"\n" + LAST_CHUNK):
                self.is_answering = False


class Wire(socketserver.ThreadingTCPServer):
    """Passes on what is said, but for what `edit` makes of an answer's lines.

    An edit keeps a line's length: the bytes are counted.
    """

    daemon_threads = True

    def __init__(self, far_port: int) -> None:
        super().__init__(("127.0.0.1", free_port()), _Call)
        self.far = ("127.0.0.1", far_port)
        self.edit: Callable[[bytes], bytes] | None = None
        self.left = 0

    @property
    def url(self) -> str:
        """Where the product finds the peer."""
        return f"http://127.0.0.1:{self.server_address[1]}"


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def running_wire(far_port: int) -> Iterator[Wire]:
    """One for a block."""
    with Wire(far_port) as wire:
        threading.Thread(target=wire.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield wire
        finally:
            wire.shutdown()
