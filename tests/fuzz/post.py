"""Takes mails, and leaves the newest code for each address in a file, for another process."""

import contextlib
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from huntaze.launch.ports import free_port

CODE = re.compile(r"^\s*(\d{6})\s*$", re.MULTILINE)


class Post:
    """aiosmtpd's handler."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Its hook."""
        body: Any = message_from_bytes(envelope.content, policy=default).get_body(("plain",))
        if found := CODE.search(body.get_content()):
            for address in envelope.rcpt_tos:
                _file(self.folder, address).write_text(found[1])
        return "250 OK"


@contextlib.contextmanager
def running_post(folder: Path) -> Iterator[int]:
    """A mail server; its port."""
    from aiosmtpd.controller import Controller

    controller = Controller(Post(folder), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


def code_for(folder: Path, address: str) -> str:
    """The code that was mailed to an address last, or nothing.

    Requests that mail are answered after the mail was taken: there is nothing to wait for.
    """
    file = _file(folder, address)
    return file.read_text() if file.exists() else ""


def _file(folder: Path, address: str) -> Path:
    return folder / f"{address.lower().encode().hex()}.code"
