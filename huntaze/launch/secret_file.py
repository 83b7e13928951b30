"""Writes `.env` for a first start: a key of its own, and debugging on."""

import os
import secrets
from pathlib import Path

CONTENT = """\
# Written by the first start. .env.example names everything that can stand here.
SECRET_KEY={key}
DEBUG=on
"""


def write_env_file(path: Path) -> bool:
    """Create it, readable by its owner alone; False when there is one already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(CONTENT.format(key=secrets.token_urlsafe(50)))
    return True
