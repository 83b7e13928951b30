"""A frame: one numbered event of a generation, encoded once and shared by all who follow."""

from dataclasses import dataclass
from typing import Any

import msgspec

TERMINAL = frozenset({"done", "error"})
HEARTBEAT = b": still here\n\n"
HEARTBEAT_SECONDS = 15.0

encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Frame:
    """`number` counts from 1 without gaps; `data` is a JSON object."""

    number: int
    event: str
    data: bytes

    @property
    def is_last(self) -> bool:
        """Whether nothing follows."""
        return self.event in TERMINAL

    def as_sse(self) -> bytes:
        """As a server-sent event (WHATWG HTML, section 9.2)."""
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self.number, self.event.encode(), self.data)

    def as_message(self, about: str) -> str:
        """As a WebSocket's event; `about`: `"id":…,"requestId":…`, in JSON already."""
        return f'{{"event":"{self.event}","seq":{self.number},{about},"data":{self.data.decode()}}}'


def frame(number: int, event: str, data: dict[str, Any]) -> Frame:
    """Encode a frame."""
    return Frame(number, event, encode(data))
