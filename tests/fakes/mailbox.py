"""A mail server that keeps what it takes."""

import contextlib
import re
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from huntaze.launch.ports import free_port


class Mailbox:
    """Keeps what an SMTP server takes."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """The hook of aiosmtpd."""
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def code_for(self, address: str) -> str:
        """The code in the newest mail to an address; waits up to 10 s for it."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for mail in reversed(self.mails):
                text = mail.get_body(("plain",)).get_content()
                if address in str(mail["To"]) and (found := _code_in(text)):
                    return found
            time.sleep(0.1)
        raise AssertionError(f"no code for {address} in {len(self.mails)} mails")


def _code_in(text: str) -> str:
    """A line that is a code alone."""
    match = re.search(r"(?m)^\s*([A-Z0-9][A-Z0-9-]{4,12})\s*$", text)
    return match[1] if match else ""


@contextlib.contextmanager
def running_mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mail server, and its port."""
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def variables(port: int) -> dict[str, str]:
    """What a server is told, so that its mails go there."""
    return {
        "EMAIL_PROVIDER": "smtp",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(port),
        "EMAIL_USE_TLS": "off",
    }
