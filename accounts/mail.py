"""Mail on a laptop: printed, and kept under `var/mail`."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class PrintAndKeepBackend(BaseEmailBackend):
    """Writes each message to an .eml file and its text to the terminal."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many were kept (all of them, or OSError)."""
        settings.MAIL_DIR.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            stamp = datetime.now(tz=UTC).strftime("%Y%m%d-%H%M%S")
            path = settings.MAIL_DIR / f"{stamp}-{uuid4().hex[:8]}.eml"
            path.write_bytes(message.message().as_bytes())
            sys.stderr.write(f"\nMail to {', '.join(message.to)}: {message.subject}\n")
            sys.stderr.write(f"{message.body}\n({path.name} in var/mail)\n\n")
        return len(email_messages)
