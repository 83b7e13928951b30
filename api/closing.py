"""Why a socket is closed: the codes that clients may rely on (docs/live.md)."""

from enum import IntEnum


class Code(IntEnum):
    """4xxx are ours, with HTTP's numbers where one fits."""

    GOING_AWAY = 1001
    TOO_LARGE = 1009
    FAILED = 1011
    TRY_LATER = 1013
    NOT_UNDERSTOOD = 4400
    NOT_SIGNED_IN = 4401
    WRONG_ORIGIN = 4403
    NOTHING_HERE = 4404
    TOO_SLOW = 4408
    TOO_MANY = 4429


class Closed(Exception):
    """Ends a socket with a code; `code` None: the client has left."""

    def __init__(self, code: Code | None) -> None:
        super().__init__(code)
        self.code = code
