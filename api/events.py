"""A stream of server-sent events that outlives everything else of its request."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.http import StreamingHttpResponse


class EventStream(StreamingHttpResponse):
    """What `huntaze.handler` sends by itself, once the request is done with and let go."""

    def __init__(self, parts: AsyncGenerator[bytes]) -> None:
        super().__init__(parts, content_type="text/event-stream; charset=utf-8")
        self.parts = parts
        self.headers["Cache-Control"] = "no-cache"
        self.headers["X-Accel-Buffering"] = "no"


async def send_events(answer: EventStream, receive: Any, send: Any) -> None:
    """Send until it ends or the client leaves; `answer` is started already."""
    here = asyncio.current_task()
    if here is None:
        raise RuntimeError("A stream is sent by a task.")
    has_left = False

    def leave(_listening: asyncio.Future[Any]) -> None:
        nonlocal has_left
        has_left = True
        here.cancel()

    # The body has been read: whatever comes now is that the client leaves.
    listening = asyncio.ensure_future(receive())
    listening.add_done_callback(leave)
    try:
        async with aclosing(answer.parts) as parts:
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except asyncio.CancelledError:
        if not has_left:
            raise
        here.uncancel()
    finally:
        listening.remove_done_callback(leave)
        listening.cancel()
